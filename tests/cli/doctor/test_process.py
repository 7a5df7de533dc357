"""Checks run in a subprocess: if one breaks it, that is a finding, and the rest run."""

from __future__ import annotations

import os
import sys
import time
from functools import partial

import pytest

from speakerplug.cli.doctor import Check, Finding, examine

FINE = Finding("test", "ok", "fine")


def check(look: object, **about: object) -> Check:
    return Check("test", "trying", look, remedy="do something", **about)  # type: ignore[arg-type]


GOOD = check(partial(list, [FINE]))


def test_examine_yields_findings_in_the_order_of_checks() -> None:
    """A check can have no finding, one or several."""
    other = Finding("test", "warning", "well", "mind")
    assert list(examine([GOOD, check(list), check(partial(list, [other, FINE]))])) == [FINE, other, FINE]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("look", "says"),
    [
        (partial(eval, "1 / 0"), "trying: ZeroDivisionError: division by zero"),
        (partial(os._exit, 3), "trying: it ends the process (exit code 3)"),
        (partial(sys.exit, 0), "trying: it ends the process (exit code 0)"),
        (partial(__import__, "no_such_module"), "trying: ModuleNotFoundError: No module named 'no_such_module'"),
        pytest.param(
            os.abort,
            "trying: it crashes (SIGABRT)",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals"),
        ),
    ],
)
def test_examine_of_a_check_that_fails_is_a_problem_and_the_rest_runs(look: object, says: str) -> None:
    """It raises, crashes in a binary, or ends the process."""
    problem = Finding("test", "problem", says, "do something")
    assert list(examine([GOOD, check(look), GOOD])) == [FINE, problem, FINE]


def test_examine_of_a_check_that_hangs_is_a_problem_after_its_timeout() -> None:
    """Its process is killed."""
    started = time.monotonic()
    found = list(examine([check(partial(time.sleep, 60), timeout_s=0.2), GOOD]))
    assert [finding.text for finding in found] == ["trying: no answer within 0.2 s", "fine"]
    assert time.monotonic() - started < 20


def test_examine_of_our_own_error_has_its_hint() -> None:
    """The part of the message after the semicolon."""
    code = "(_ for _ in ()).throw(__import__('speakerplug').errors.ModelError('It is damaged; fetch it again.'))"
    assert list(examine([check(partial(eval, code))])) == [
        Finding("test", "problem", "trying: It is damaged", "fetch it again")
    ]


def test_examine_ignores_what_libraries_print(capfd: pytest.CaptureFixture[str]) -> None:
    """On stdout and stderr; it does not disturb the findings."""
    printing = check(partial(exec, "import os, sys; print('noise'); os.write(1, b'noise'); os.write(2, b'noise')"))
    silent = check(partial(os.write, 1, b"noise"))  # whose result is no list of findings, besides
    found = list(examine([silent, GOOD]))
    assert [finding.status for finding in found] == ["problem", "ok"]
    assert list(examine([printing, GOOD]))[-1] == FINE
    assert capfd.readouterr() == ("", "")


def test_examine_offline_skips_checks_that_need_the_network() -> None:
    """The hub's client is offline in the process of the others."""
    asking = check(partial(list, [FINE]), needs_network=True)
    code = "1 / (__import__('os').environ.get('HF_HUB_OFFLINE') != '1')"
    offline = list(examine([asking, check(partial(eval, code))], offline=True))
    assert [finding.text for finding in offline] == ["trying: ZeroDivisionError: division by zero"]
    assert list(examine([asking])) == [FINE]
