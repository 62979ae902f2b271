"""Whether an input is a whole command."""

import ast
import codeop

from wit_world.exports.repl import Completeness

FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


def of(source):
    """How complete a command is.

    A block that was typed line by line goes on until a statement without indentation, or an empty line.
    """
    compiler = codeop.CommandCompiler()
    compiler.compiler.flags |= FLAGS
    try:
        whole = compiler(source, "<input>", "exec") is not None and not _in_block(source)
    except (SyntaxError, ValueError, OverflowError, MemoryError, RecursionError):
        return Completeness.INVALID
    return Completeness.COMPLETE if whole else Completeness.INCOMPLETE


def _in_block(source):
    """Whether a command of several lines ends within a block, where one more line may belong to it."""
    _, several, last = source.rpartition("\n")
    if not several or not last.strip() or not last.startswith((" ", "\t", "#")):
        return False
    tree = compile(source, "<input>", "exec", FLAGS | ast.PyCF_ONLY_AST, dont_inherit=True)
    # What has statements within it: `match` has them in its cases.
    return bool(tree.body) and (hasattr(tree.body[-1], "body") or isinstance(tree.body[-1], ast.Match))
