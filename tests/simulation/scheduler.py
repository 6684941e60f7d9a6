"""Virtual time, and who takes the next step: one actor runs at a time, and a seed decides which."""

import hashlib
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from time import monotonic
from typing import Any

BEGINNING = datetime(2030, 1, 1, tzinfo=UTC)
_LOOK_SECONDS, _LOOK_FOR_LOCK_SECONDS = 0.01, 0.001
"""After so long PostgreSQL is asked whether a statement waits for a lock, and whether one does that takes a lock."""
_LONGEST_SECONDS = 30.0


class Crash(BaseException):
    """The process of this actor is dead. As nothing catches a kill, no `except Exception` catches it."""


class StuckError(RuntimeError):
    """Every actor waits, and nothing will wake one."""


class Process:
    """What dies at once: an engine task, or one call of a function. `stopping` is the event that asks its actors to stop."""

    def __init__(self, name: str, scheduler: "Scheduler") -> None:
        self.name, self.alive, self.actors = name, True, []
        self.stopping = Stopping(scheduler)

    @property
    def may_crash(self) -> bool:
        """Return True if it lives and none of its actors is spared."""
        return self.alive and not any(actor.is_spared for actor in self.actors)


class Stopping:
    """An event as `threading.Event` is one, whose waiting takes virtual time: until a transaction has been committed."""

    def __init__(self, scheduler: "Scheduler") -> None:
        self._scheduler, self._is_set = scheduler, False

    def set(self) -> None:
        """Ask to stop."""
        self._is_set = True
        self._scheduler.changes += 1

    def is_set(self) -> bool:
        """Return True if the process is to stop."""
        return self._is_set

    def wait(self, seconds: float) -> bool:
        """Wait for as many commits as seconds, or for so long where a connection was lost; return True if the process is to stop."""
        scheduler = self._scheduler
        actor, enough = scheduler.current, scheduler.commits + max(1, int(seconds))
        if actor.lost_connection:
            actor.lost_connection = False
            scheduler.sleep(seconds)
        else:
            scheduler.idle(lambda: self._is_set or scheduler.commits >= enough)
        return self._is_set


def _taken() -> Any:
    """Return a lock that is taken: whoever takes it waits until another gives it. A semaphore of Python's is ten times as slow."""
    lock = threading.Lock()
    lock.acquire()
    return lock


class Actor:
    """A thread that runs only while it has the baton. `is_spared`: no fault happens to what it does."""

    def __init__(self, name: str, process: Process, work: Callable[[], None], weight: float) -> None:
        self.name, self.process, self.weight = name, process, weight
        self.ended, self.blocked, self.backend = False, False, 0
        self.is_spared, self.lost_connection, self.takes_lock = False, False, False
        self.until: datetime | None = None
        self.wakes: Callable[[], bool] | None = None
        self.failure: BaseException | None = None
        self.go, self.back, self.mutex = _taken(), _taken(), threading.Lock()
        self._work = work
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        self.go.acquire()
        try:
            if self.process.alive:
                self._work()
        except Crash:
            pass
        except Exception as error:  # noqa: BLE001 - kept, and raised by the scheduler: a thread has nobody to tell
            self.failure = error
        finally:
            self.ended = True
            self.back.release()


class Scheduler:
    """Actors, their clock, and the choice among them. `trace` is a digest of all that was chosen."""

    def __init__(self, random: Random, is_blocked: Callable[[int], bool], terminate: Callable[[int], None]) -> None:
        self._terminate = terminate
        self.random, self.now, self.steps = random, BEGINNING, 0
        self.commits, self.changes = 0, 0
        self.actors: list[Actor] = []
        self.timers: list[Callable[[], datetime | None]] = []
        self.transaction_ended = False
        self.crash_rate = 0.0
        self.crashes_left = 0
        self._is_blocked, self._current, self._looked = is_blocked, None, -1
        self._trace = hashlib.sha256()
        self.history: list[str] = []

    # What actors call

    @property
    def current(self) -> Actor:
        """Return the actor that runs."""
        assert self._current is not None
        return self._current

    def pause(self, what: str) -> None:
        """Let others run, `what` being about to be done or just done; raise Crash if the process dies here."""
        actor = self.current
        self.history.append(f"{actor.name}: {what}")
        self._trace.update(f"{actor.name} {what}\n".encode())
        if self.crashes_left and actor.process.may_crash and self.random.random() < self.crash_rate:
            self.crashes_left -= 1
            self.history.append(f"{actor.name}: CRASH of {actor.process.name}")
            self.kill(actor.process)
        self._hand_over(actor)

    def idle(self, wakes: Callable[[], bool]) -> None:
        """Wait until `wakes`, or until nothing else is left to do: then everybody looks once more."""
        self.current.wakes = wakes
        self._hand_over(self.current)

    def sleep(self, seconds: float) -> None:
        """Wait so long in virtual time."""
        actor = self.current
        actor.until = self.now + timedelta(seconds=seconds)
        self._hand_over(actor)

    def in_database(self, backend: int, call: Callable[[], None]) -> None:
        """Run a statement on the backend of this pid. While it waits for a lock others run."""
        actor = self.current
        actor.backend = backend
        try:
            call()
        finally:
            with actor.mutex:
                was_blocked, actor.backend, actor.takes_lock = actor.blocked, 0, False
            if was_blocked:
                self._hand_over(actor)

    def kill(self, process: Process) -> None:
        """End a process: each of its actors raises Crash when it is next to run."""
        process.alive = False
        for actor in process.actors:
            actor.until, actor.wakes = None, None
            if actor.blocked:
                self._terminate(actor.backend)
                self.transaction_ended = True

    def _hand_over(self, actor: Actor) -> None:
        actor.back.release()
        actor.go.acquire()
        if not actor.process.alive:
            raise Crash

    # What the run calls

    def start(self, name: str, process: Process, work: Callable[[], None], weight: float = 1.0) -> None:
        """Add an actor."""
        actor = Actor(name, process, work, weight)
        process.actors.append(actor)
        self.actors.append(actor)

    def run(self, most_steps: int, is_done: Callable[[], bool]) -> None:
        """Let actors run until `is_done`, or nothing can change any more. Raises StuckError, and what an actor raised."""
        self._looked = -1
        while not is_done():
            if self.steps > most_steps:
                raise StuckError(f"{most_steps} steps were not enough")
            if not (self._turn() or self._later() or self._wait_for_locks() or self._last_look()):
                return

    def run_alone(self, process: Process, work: Callable[[], None]) -> None:
        """Run an actor until it ends, after all others have ended. Raises what it raised."""
        self.actors.clear()
        self.start(process.name, process, work)
        while self._turn():
            pass

    @property
    def trace(self) -> str:
        """Return the digest of the choices so far."""
        return self._trace.hexdigest()[:16]

    def end(self) -> None:
        """End all actors."""
        for process in {actor.process for actor in self.actors}:
            self.kill(process)
        for actor in self.actors:
            while not actor.ended:
                self._current = actor
                actor.go.release()
                if not actor.back.acquire(timeout=_LONGEST_SECONDS):
                    raise StuckError(f"{actor.name} does not end")
            actor.thread.join(_LONGEST_SECONDS)

    def _turn(self) -> bool:
        """Let one of those who can run do so; return False if nobody can."""
        ready = [actor for actor in self.actors if self._is_ready(actor)]
        if not ready:
            return False
        actor = self.random.choices(ready, [actor.weight for actor in ready])[0]
        self.steps += 1
        self.now += timedelta(milliseconds=self.random.choice((0, 1, 1, 5)))
        actor.until, actor.wakes = None, None
        self._current = actor
        actor.go.release()
        self._await(actor)
        if self.transaction_ended:
            self.transaction_ended = False
            for waiting in [waiting for waiting in self.actors if waiting.blocked]:
                if not self._is_blocked(waiting.backend):
                    self._current = waiting
                    self._await(waiting)
        return True

    def _await(self, actor: Actor) -> None:
        """Wait until the actor hands over, ends, or waits for a lock."""
        began = monotonic()
        while not actor.back.acquire(timeout=_LOOK_FOR_LOCK_SECONDS if actor.takes_lock else _LOOK_SECONDS):
            backend = actor.backend
            if backend and self._is_blocked(backend):
                with actor.mutex:
                    if actor.backend:
                        actor.blocked = True
                        return
            if monotonic() - began > _LONGEST_SECONDS:
                raise StuckError(f"{actor.name} has run for {monotonic() - began:.0f} s")
        actor.blocked = False
        if actor.ended:
            self.actors.remove(actor)
            actor.process.actors.remove(actor)
            if actor.failure:
                raise actor.failure

    def _is_ready(self, actor: Actor) -> bool:
        if actor.blocked:
            return False
        if actor.until is not None:
            return actor.until <= self.now
        return actor.wakes is None or actor.wakes()

    def _wait_for_locks(self) -> bool:
        """With nobody else to run, a lock is given by PostgreSQL alone: it ends a deadlock after a second."""
        blocked = [actor for actor in self.actors if actor.blocked]
        for _ in range(100):
            for actor in blocked:
                if actor.back.acquire(timeout=0.05):
                    actor.blocked = False
                    return True
        if blocked:
            raise StuckError(f"{blocked[0].name} waits for a lock, and nobody is left to give it")
        return False

    def _last_look(self) -> bool:
        """Wake all who wait, unless nothing has changed since they were woken so; return True if they were."""
        if self.changes == self._looked:
            return False
        self._looked = self.changes
        for actor in self.actors:
            actor.wakes = None
        return True

    def _later(self) -> bool:
        """Move the clock to the next instant at which something happens by itself; return False if there is none."""
        instants = [actor.until for actor in self.actors if actor.until is not None]
        instants += [instant for timer in self.timers if (instant := timer()) is not None]
        if not instants:
            return False
        self.now = max(self.now, min(instants))
        return True
