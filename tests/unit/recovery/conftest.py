"""A scratch emulator with the stream, the ingest function's stand-in and what follows it: as redrive's tests have them."""

from tests.unit.redrive import conftest as redriving

emulator, functions, called, fed, system = (
    redriving.emulator,
    redriving.functions,
    redriving.called,
    redriving.fed,
    redriving.system,
)
