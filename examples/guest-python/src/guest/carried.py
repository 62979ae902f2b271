"""The modules that programs can import. The library's files are there while the guest is built and never after, so each
module has to be imported here, with the submodules that others import only when they first need them.
"""

import importlib
import importlib.machinery
import importlib.util

MODULES = """
    abc annotationlib argparse array ast asyncio asyncio.unix_events atexit base64 binascii bisect builtins calendar
    cmath cmd code codecs codeop collections collections.abc colorsys compression.gzip compression.zlib
    concurrent.futures concurrent.futures.thread configparser contextlib contextvars copy copyreg cProfile csv
    dataclasses datetime decimal difflib dis doctest email.generator email.headerregistry email.message
    email.mime.application email.mime.audio email.mime.base email.mime.image email.mime.message email.mime.multipart
    email.mime.text email.parser email.policy email.utils enum errno fnmatch fractions functools gc getopt getpass
    gettext glob graphlib gzip hashlib heapq hmac html html.entities html.parser http http.cookiejar http.cookies
    importlib importlib.abc importlib.machinery importlib.metadata importlib.metadata._adapters importlib.readers
    importlib.resources importlib.resources._adapters importlib.util inspect io ipaddress itertools json json.decoder
    json.encoder json.tool keyword linecache locale logging logging.config logging.handlers marshal math mimetypes
    numbers opcode operator optparse os os.path pathlib pickle pickletools pkgutil platform plistlib pprint profile
    pstats pydoc pydoc_data.topics pyexpat queue quopri random re reprlib rlcompleter runpy sched secrets select
    selectors shelve shlex shutil signal socket sqlite3 sqlite3.dump stat statistics string string.templatelib
    stringprep struct subprocess symtable sys tarfile tempfile textwrap threading time timeit token tokenize tomllib
    trace traceback tracemalloc types typing unicodedata unittest unittest._log unittest.async_case unittest.mock
    urllib.parse urllib.request urllib.robotparser uuid warnings wave weakref xml.dom.expatbuilder xml.dom.minidom
    xml.dom.pulldom xml.etree.ElementTree xml.sax xml.sax.expatreader xml.sax.saxutils zipfile zipimport zlib zoneinfo
    _ast_unparse _colorize _compat_pickle _pydecimal _pylong _strptime _suggestions
    encodings.aliases encodings.ascii encodings.base64_codec encodings.cp1252 encodings.cp437 encodings.hex_codec
    encodings.idna encodings.iso8859_1 encodings.iso8859_15 encodings.iso8859_2 encodings.latin_1 encodings.punycode
    encodings.raw_unicode_escape encodings.rot_13 encodings.unicode_escape encodings.utf_16 encodings.utf_16_be
    encodings.utf_16_le encodings.utf_32 encodings.utf_32_be encodings.utf_32_le encodings.utf_7 encodings.utf_8
    encodings.utf_8_sig encodings.zlib_codec
""".split()

# Those that are imported for what they do then.
LATER = ("this",)


class Later:
    """Finds the modules whose import is left to the sessions."""

    codes = {}

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, cls) if name in cls.codes else None

    @staticmethod
    def create_module(spec):
        """An ordinary one."""

    @classmethod
    def exec_module(cls, module):
        exec(cls.codes[module.__name__], vars(module))


def load():
    """Imports them all. One that is missing fails the build."""
    for name in MODULES:
        importlib.import_module(name)
    for name in LATER:
        Later.codes[name] = importlib.util.find_spec(name).loader.get_code(name)
