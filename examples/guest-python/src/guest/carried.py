"""The modules that programs can import. The library's files are there while the guest is built and never after, so each
module has to be imported here, with the submodules that others import only when they first need them.
"""

import importlib

MODULES = """
    abc annotationlib argparse array ast asyncio asyncio.unix_events atexit base64 binascii bisect builtins calendar cmath cmd
    code codecs codeop collections collections.abc colorsys concurrent.futures configparser contextlib contextvars copy
    copyreg csv dataclasses datetime decimal difflib dis doctest email.message email.mime.multipart email.mime.text
    email.parser email.policy email.utils enum errno fnmatch fractions functools gc getopt gettext glob graphlib gzip
    hashlib heapq hmac html html.entities html.parser http importlib importlib.abc importlib.machinery
    importlib.metadata importlib.resources importlib.util inspect io ipaddress itertools json json.decoder json.encoder
    json.tool keyword linecache locale logging logging.config logging.handlers marshal math mimetypes numbers opcode
    operator os os.path pathlib pickle pickletools pkgutil platform plistlib pprint pydoc pyexpat queue quopri random re
    reprlib rlcompleter runpy sched secrets select selectors shelve shlex shutil signal socket sqlite3 stat statistics
    string string.templatelib stringprep struct subprocess symtable sys tarfile tempfile textwrap threading time timeit
    token tokenize tomllib trace traceback tracemalloc types typing unicodedata unittest unittest.mock urllib.parse uuid
    warnings wave weakref xml.dom.minidom xml.etree.ElementTree xml.sax xml.sax.expatreader xml.sax.saxutils zipfile
    zipimport zlib zoneinfo
    _colorize _compat_pickle _pydecimal _pylong _strptime _suggestions
    encodings.aliases encodings.ascii encodings.base64_codec encodings.cp1252 encodings.cp437 encodings.hex_codec
    encodings.idna encodings.iso8859_1 encodings.iso8859_15 encodings.iso8859_2 encodings.latin_1 encodings.punycode
    encodings.raw_unicode_escape encodings.rot_13 encodings.unicode_escape encodings.utf_16 encodings.utf_16_be
    encodings.utf_16_le encodings.utf_32 encodings.utf_32_be encodings.utf_32_le encodings.utf_7 encodings.utf_8
    encodings.utf_8_sig encodings.zlib_codec
""".split()


def load():
    """Imports them all. One that is missing fails the build."""
    for name in MODULES:
        importlib.import_module(name)
