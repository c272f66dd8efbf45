"""``opentrd serve``: where it keeps, where it listens, and that it ends well."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from opentrd.errors import InputError
from opentrd.service.serve import data_folder, has_screen, settings_for
from tests.service.hooks.parts import call, order


@contextmanager
def serving(*options: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "opentrd", "serve", *options]
    clean = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=clean | environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stderr
        process.stderr.close()


def address(process: subprocess.Popen[str]) -> str:
    assert process.stderr
    found = re.search(r"http://\S+", process.stderr.readline())
    assert found
    return found[0]


def test_it_serves_and_says_where_and_ends_well(tmp_path: Path) -> None:
    with serving("--port", "0", XDG_DATA_HOME=str(tmp_path)) as process:
        url = address(process)
        assert process.stderr and str(tmp_path / "opentrd" / "opentrd.sqlite") in process.stderr.readline()
        with urllib.request.urlopen(f"{url}/learn/hope") as answer:
            assert answer.status == 200
        assert (tmp_path / "opentrd").stat().st_mode & 0o077 == 0
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert process.stderr.read() == "opentrd: ended; what was saved is kept\n"


def test_the_log_says_why_a_hook_is_silent(tmp_path: Path) -> None:
    with serving("--port", "0", "--folder", str(tmp_path)) as process:
        url = address(process)
        assert process.stderr and process.stderr.readline()
        body = json.dumps(call("order-sign", drafts=[order("amoxicillin", 500)])).encode()
        asked = urllib.request.Request(
            f"{url}/cds-services/opentrd-order-sign", body, {"content-type": "application/json"}
        )
        with urllib.request.urlopen(asked) as answer:
            assert json.load(answer) == {"cards": []}
        said = process.stderr.readline()
    assert said == "opentrd: cds hooks: opentrd-order-sign: cards none; silent: no_antidepressant_ordered\n"


def test_a_port_that_is_taken_is_said_and_none_is_chosen_in_its_place(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with serving("--port", port, "--folder", str(tmp_path)) as process:
            assert process.wait(30) == 3
            assert process.stderr and "choose another --port" in process.stderr.read()


def test_the_usual_port_taken_the_next_one_is_found(tmp_path: Path) -> None:
    with (
        serving("--folder", str(tmp_path / "a")) as first,
        serving("--folder", str(tmp_path / "b")) as second,
    ):
        assert address(first) != address(second)


def test_settings_of_the_command_line_count_before_those_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    file.write_text('folder = "/srv/opentrd"\nport = 9000\nregion = "uk"\n[limits]\nfiles = 3\n')
    made = settings_for(file, None, 9100, None)
    assert (made.folder, made.port, made.region, made.limits.files) == ("/srv/opentrd", 9100, "uk", 3)
    assert settings_for(None, None, None, None).folder == str(data_folder())


def test_without_accounts_no_other_machine_gets_in() -> None:
    with pytest.raises(InputError, match="only the local address"):
        settings_for(None, "0.0.0.0", None, None)


def test_no_browser_is_opened_where_there_is_no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not has_screen()
    monkeypatch.setenv("DISPLAY", ":0")
    assert has_screen()
