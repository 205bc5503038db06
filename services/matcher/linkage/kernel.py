"""Compiled inner loops: the few functions that look at single cells and single pairs become machine code.

A pair costs a microsecond this way and no memory, where whole-column steps would hold every intermediate of millions
of pairs at once. What is compiled is kept on disk and reused by every later process; a change of any file that has
compiled functions, or constants of theirs, compiles all anew, since a compiled function contains what it calls.
"""

import hashlib
import importlib
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar, cast

import numba
from llvmlite import ir
from numba.core import cgutils
from numba.core.typing.templates import Signature
from numba.extending import intrinsic

Int: TypeAlias = Any  # a whole number of the compiled code, of whatever width
Flag: TypeAlias = Any  # a yes or no of it
One: TypeAlias = Any  # one row of a structured array
_types: Any = numba.types
F = TypeVar("F", bound=Callable[..., Any])
HERE: Final = Path(__file__).resolve().parent
USES: Final = b"from matcher.linkage.kernel import"
CONSTANTS: Final = ("kernel.py", "levels.py")
FOLDER: Final = "DOUDI_KERNELS"  # environment: where compiled functions are kept


def _folder() -> Path:
    """Where compiled functions are kept: as told by the environment, else beside the package. Where that cannot be
    written (a read-only installation compiled it beforehand), a copy of one's own is used."""
    text = hashlib.sha256()
    for file in sorted(HERE.glob("*.py")):
        content = file.read_bytes()
        if USES in content or file.name in CONSTANTS:
            text.update(content)
    told = os.environ.get(FOLDER)
    kept = (Path(told) if told else HERE / "__pycache__") / f"kernels-{text.hexdigest()[:16]}"
    return kept if _writable(kept) else _own_copy(kept)


def _writable(folder: Path) -> bool:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    return os.access(existing, os.W_OK)


def _own_copy(kept: Path) -> Path:
    """A copy in the temporary folder, which nobody else may have made: what lies there is run."""
    own = Path(tempfile.gettempdir()) / f"doudi-{kept.name}-{os.getuid()}"
    try:
        own.mkdir(mode=0o700)
    except FileExistsError:
        state = own.lstat()
        if not (stat.S_ISDIR(state.st_mode) and state.st_uid == os.getuid() and state.st_mode & 0o077 == 0):
            own = Path(tempfile.mkdtemp())
    if kept.exists():
        shutil.copytree(kept, own, dirs_exist_ok=True)
        own.chmod(0o700)  # not the mode of what was copied
    return own


def _leave_out(name: str) -> None:
    """Load numba's arithmetic without `name`, which nothing compiled here needs and which takes long to import."""
    if name in sys.modules:
        return
    sys.modules[name] = None  # type: ignore[assignment]  # what the import system takes for "there is none"
    try:
        importlib.import_module("numba.np.arraymath")
    finally:
        del sys.modules[name]


numba.config.CACHE_DIR = str(_folder())
_leave_out("scipy.linalg.cython_blas")


def compiled(function: F) -> F:
    """`function` as machine code that lets other threads run while it works."""
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def inlined(function: F) -> F:
    """`function` as machine code set into its callers: for what takes arrays and is called for every pair, where
    counting the arrays' owners in and out would cost more than the work."""
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy", forceinline=True)(function))


@intrinsic  # type: ignore[untyped-decorator]  # numba ships no types
def lent(_typing: Any, value: Any) -> tuple[Signature, Callable[..., Any]]:
    """An argument (an array, or a tuple of such) without its owners: two threads that count the owners of the same
    arrays in and out, pair by pair, wait for each other most of the time. Only for arguments, whom the caller keeps: an
    array of the function's own would be gone with the last use of its own name."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return _disowned(context, builder, signature.args[0], given[0])

    return value(value), generate


def _disowned(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    if isinstance(kind, _types.BaseTuple):
        for place, part in enumerate(kind):
            inner = _disowned(context, builder, part, builder.extract_value(value, place))
            value = builder.insert_value(value, inner, place)
        return value
    if not isinstance(kind, _types.Array):
        return value
    array = context.make_array(kind)(context, builder, value)
    array.meminfo = context.get_constant_null(_types.voidptr)
    return array._getvalue()


@intrinsic  # type: ignore[untyped-decorator]  # numba ships no types
def fetch(_typing: Any, array: Any, place: Any) -> tuple[Signature, Callable[..., Any]]:
    """Call an item of a one-dimensional array from memory without waiting for it. Past the end is no error."""

    def generate(context: Any, builder: Any, _signature: Any, given: Any) -> Any:
        data = context.make_array(array)(context, builder, given[0]).data
        address = builder.bitcast(builder.gep(data, [given[1]]), ir.IntType(8).as_pointer())
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [address.type, number, number, number])
        call = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        builder.call(call, [address, number(0), number(3), number(1)])  # to be read, kept near, of the data
        return context.get_dummy_value()

    return _types.void(array, place), generate
