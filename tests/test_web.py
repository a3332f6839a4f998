"""The JSON API: the same scores as everywhere, limits with clear answers, strict headers, and no text in a log."""

import json
import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from mvl_classify import Scorer
from mvl_classify.cli.serve import web_application
from mvl_classify.web import Limits
from mvl_classify.web.compare import compare
from serving import serving

AD = "You will coach the team and plan the budget.\nYou will set a vision for the years ahead.\n"
JSON = {"content-type": "application/json"}
SMALL = Limits(
    text_characters=100,
    title_characters=20,
    batch_texts=3,
    batch_characters=150,
    body_bytes=2_000,
    document_bytes=3_000,
    held_bytes=4_000,
    read_seconds=0.5,
)


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    """Return a client of a server with the usual limits."""
    with serving() as address, httpx.Client(base_url=address, timeout=60) as made:
        yield made


@pytest.fixture(scope="module")
def small() -> Iterator[httpx.Client]:
    """Return a client of a server with small limits."""
    with serving(SMALL) as address, httpx.Client(base_url=address, timeout=60) as made:
        yield made


def detail(response: httpx.Response) -> str:
    """Return the one line by which a request was refused."""
    said = response.json()
    assert list(said) == ["detail"]
    assert "\n" not in said["detail"]
    return str(said["detail"])


def test_score_gives_the_scorers_result_to_the_last_bit(client: httpx.Client, scorer: Scorer) -> None:
    """`POST /score` answers with the same plain data as the Python result."""
    found = client.post("/score", json={"text": AD, "title": "Team Leader", "kind": "ad"}).json()
    assert found == json.loads(json.dumps(scorer.score(AD, title="Team Leader", kind="ad").to_dict()))


def test_batch_keeps_the_order_and_takes_texts_null_and_objects(client: httpx.Client, scorer: Scorer) -> None:
    """`POST /score/batch` has one result a text, in order; a kind for all yields to a text's own."""
    texts = [AD, None, {"text": AD, "kind": "review", "title": "Manager"}]
    found = client.post("/score/batch", json={"texts": texts, "kind": "ad"}).json()["results"]
    wanted: list[Any] = [(AD, None, "ad"), (None, None, "ad"), (AD, "Manager", "review")]
    scores = [scorer.score(text, title=title, kind=kind) for text, title, kind in wanted]
    assert found == [json.loads(json.dumps(score.to_dict())) for score in scores]


@pytest.mark.parametrize("text", [None, "", " \n", "(((", "😀", "\u202e", "\x00", "a" * 40_000, "(" * 40_000])
def test_odd_texts_are_answered_and_not_labelled(client: httpx.Client, text: str | None) -> None:
    """Empty, sign-only and endless words give `undetermined`, never an error."""
    response = client.post("/score", json={"text": text})
    assert response.status_code == 200
    assert response.json()["label"] == "undetermined"


def test_model_names_digest_dimensions_and_limits(client: httpx.Client, scorer: Scorer) -> None:
    """`GET /model` says which model scores and what the limits are."""
    found = client.get("/model").json()
    assert found["digest"] == scorer.model.digest
    assert [dimension["id"] for dimension in found["dimensions"]] == list(scorer.model.dimensions.ids)
    assert found["limits"] == Limits().to_dict()


def test_healthz_answers(client: httpx.Client) -> None:
    """`GET /healthz` says that the server answers."""
    assert client.get("/healthz").json() == {"status": "ok"}


def test_report_is_the_same_page_as_the_command_line_writes(client: httpx.Client, scorer: Scorer) -> None:
    """`POST /report` gives the HTML report as a file to keep."""
    from mvl_classify.report import render_html

    response = client.post("/report", json={"text": AD, "name": "Ad <1>"})
    assert response.text == render_html(scorer.score(AD), AD, scorer.model.dimensions, name="Ad <1>")
    assert response.headers["content-disposition"] == 'attachment; filename="ad-1-report.html"'


@pytest.mark.parametrize(
    ("body", "status", "names"),
    [
        ({"text": "x" * 101}, 413, "text: has 101 characters; at most 100"),
        ({"text": "x", "title": "x" * 21}, 413, "title: has 21 characters; at most 20"),
        ({}, 422, "text: Field required"),
        ({"text": 5}, 422, "text:"),
        ({"text": "x", "kind": "essay"}, 422, "kind: Input should be 'ad' or 'review'"),
        ({"text": "x", "sort": 1}, 422, "sort: Extra inputs"),
        ([], 422, "body:"),
    ],
)
def test_a_bad_score_body_is_refused_by_name(small: httpx.Client, body: Any, status: int, names: str) -> None:
    """What is wrong with a body is said in one line, with the limit that it breaks."""
    response = small.post("/score", json=body)
    assert (response.status_code, detail(response).startswith(names)) == (status, True), response.text


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        (["x"] * 4, "texts: has 4 texts; at most 3"),
        (["x", "x" * 101], "texts.1.text: has 101 characters"),
        (["x" * 90, "x" * 90], "texts: has 180 characters; at most 150"),
    ],
)
def test_a_batch_is_limited_in_count_and_size(small: httpx.Client, texts: list[str], names: str) -> None:
    """Too many texts, a text too long, or too much text in all are refused with 413."""
    response = small.post("/score/batch", json={"texts": texts})
    assert response.status_code == 413
    assert detail(response).startswith(names)


def test_invalid_json_is_400(client: httpx.Client) -> None:
    """A body that is not JSON is refused as such."""
    response = client.post("/score", content=b"{", headers={"content-type": "application/json"})
    assert response.status_code == 400
    assert detail(response).startswith("body: is not valid JSON")


def test_half_a_surrogate_pair_is_refused(client: httpx.Client) -> None:
    """JSON can write what no text can hold; that is the sender's mistake, not the server's."""
    response = client.post("/score", content=rb'{"text":"\ud800"}', headers={"content-type": "application/json"})
    assert response.status_code == 422
    assert "surrogate" in detail(response)


def test_a_declared_body_that_is_too_large_is_refused_unread(small: httpx.Client) -> None:
    """The length in the header is enough to refuse."""
    response = small.post("/score", content=b" " * 2_001)
    assert response.status_code == 413
    assert detail(response) == "body: is larger than 2,000 bytes; send less at once."


def test_an_undeclared_body_is_refused_once_it_is_too_large(small: httpx.Client) -> None:
    """A body sent in chunks is counted as it comes."""
    response = small.post("/score", content=(b" " * 500 for _ in range(5)))
    assert response.status_code == 413


def address(client: httpx.Client) -> tuple[str, int]:
    """Return host and port of a client's server."""
    return client.base_url.host, int(client.base_url.port or 0)


def test_a_body_that_does_not_come_is_given_up(small: httpx.Client) -> None:
    """A client that sends half a body gets 408 and is hung up on."""
    with socket.create_connection(address(small), timeout=10) as line:
        line.sendall(b"POST /score HTTP/1.1\r\nhost: localhost\r\ncontent-length: 50\r\n\r\n{")
        answer = b"".join(iter(lambda: line.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 408")


def until(status: int, ask: Any) -> httpx.Response:
    """Ask again and again, for at most a minute, until the answer has a status."""
    for _ in range(600):
        response: httpx.Response = ask()
        if response.status_code == status:
            return response
        time.sleep(0.1)
    raise AssertionError(f"no answer had the status {status}, the last one {response.status_code}")


def test_bodies_together_are_limited() -> None:
    """While others hold the room for bodies, one more is told to come back."""
    head = b"POST /score HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2000\r\n\r\n" + b" " * 1_900
    with serving(Limits(body_bytes=2_000, held_bytes=4_000, read_seconds=60)) as place:
        lines = [socket.create_connection(("127.0.0.1", int(place.rsplit(":", 1)[1]))) for _ in range(2)]
        for line in lines:
            line.sendall(head)
        response = until(429, lambda: httpx.post(f"{place}/score", content=b" " * 1_000))
        for line in lines:
            line.close()
        until(400, lambda: httpx.post(f"{place}/score", content=b"{" * 1_000, headers=JSON))
    assert int(response.headers["retry-after"]) > 0


def test_the_room_for_bodies_is_given_back(small: httpx.Client) -> None:
    """Refused and answered requests alike free what they held."""
    statuses = {small.post("/score", json={"text": "x" * size}).status_code for size in [90, 101] * 20}
    assert statuses == {200, 413}


def test_too_slow_a_text_is_413_and_one_behind_it_429() -> None:
    """A text at work past the time limit is refused as too much, those that wait behind it as too early."""
    begun, enough = threading.Event(), threading.Event()

    class Slow(Scorer):
        def score(self, *args: Any, **kwargs: Any) -> Any:
            begun.set()
            enough.wait(60)
            return super().score(*args, **kwargs)

    from mvl_classify import report
    from mvl_classify.web import create_app

    app = create_app(Slow(), report, limits=Limits(score_seconds=0.5))
    found = []
    with serving(app=app) as place:
        ask = partial(httpx.post, f"{place}/score", json={"text": AD}, timeout=60)
        first = threading.Thread(target=lambda: found.append(ask()))
        first.start()
        assert begun.wait(60)
        second = ask()
        first.join()
        enough.set()
    assert found[0].status_code == 413
    assert "longer than 0.5 s" in detail(found[0])
    assert second.status_code == 429


def test_requests_are_limited_in_number() -> None:
    """Beyond the number of requests at once, one is told to come back; then there is room again."""
    with serving(Limits(requests=1, read_seconds=60)) as place:
        with socket.create_connection(("127.0.0.1", int(place.rsplit(":", 1)[1]))) as line:
            line.sendall(b"POST /score HTTP/1.1\r\nhost: localhost\r\ncontent-length: 50\r\n\r\n{")
            until(429, lambda: httpx.get(f"{place}/healthz"))
        until(200, lambda: httpx.get(f"{place}/healthz"))


def test_an_answer_that_is_not_taken_is_given_up() -> None:
    """A client that asks for much and reads nothing does not hold its place for ever."""
    body = json.dumps({"texts": [AD * 250] * 8}).encode()
    limits = Limits(requests=1, send_seconds=0.5)
    with serving(limits) as place, socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.connect(("127.0.0.1", int(place.rsplit(":", 1)[1])))
        head = b"POST /score/batch HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        line.sendall(head + f"content-length: {len(body)}\r\n\r\n".encode() + body)
        until(429, lambda: httpx.get(f"{place}/healthz"))
        until(200, lambda: httpx.get(f"{place}/healthz"))


def test_a_foreign_host_name_is_refused(client: httpx.Client) -> None:
    """A page elsewhere that points its own name at this machine gets nothing."""
    response = client.get("/", headers={"host": "evil.example"})
    assert response.status_code == 421


@pytest.mark.parametrize("path", ["/", "/model", "/assets/page.js", "/assets/report.css", "/nothing"])
def test_every_answer_has_the_strict_headers(client: httpx.Client, path: str) -> None:
    """The policy allows nothing inline and nothing from elsewhere, and answers are not stored."""
    headers = client.get(path).headers
    rules = dict(rule.strip().split(" ", 1) for rule in headers["content-security-policy"].split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_the_page_names_nothing_from_elsewhere(client: httpx.Client) -> None:
    """No asset holds an address of another server."""
    for path in ("/", "/assets/page.css", "/assets/page.js", "/assets/report.css", "/assets/report.js"):
        assert "//" not in client.get(path).text.replace("  // ", "")


def test_fastapis_own_pages_are_off(client: httpx.Client) -> None:
    """Their scripts would come from elsewhere."""
    assert [client.get(path).status_code for path in ("/docs", "/redoc")] == [404, 404]


def test_openapi_names_the_four_endpoints(client: httpx.Client) -> None:
    """The description has the endpoints with their methods, and the refusals."""
    paths = client.get("/openapi.json").json()["paths"]
    wanted = {("/score", "post"), ("/score/batch", "post"), ("/model", "get"), ("/healthz", "get")}
    assert wanted <= {(path, method) for path, methods in paths.items() for method in methods}
    assert {"413", "422", "429"} <= paths["/score"]["post"]["responses"].keys()


def test_a_document_becomes_text(client: httpx.Client) -> None:
    """A dropped file is read by the suffix of its name."""
    response = client.post("/text", params={"name": "ad.md"}, content="• Führe\r\nuns".encode())
    assert response.json() == {"text": "• Führe\nuns", "note": None}


@pytest.mark.parametrize("name", ["ad.doc", "ad.docx", "ad.pdf", "ad.txt"])
def test_a_document_that_cannot_be_read_is_refused(client: httpx.Client, name: str) -> None:
    """A damaged, foreign or binary file is refused in one line that names it."""
    response = client.post("/text", params={"name": name}, content=b"\x00\x01")
    assert response.status_code == 422
    assert detail(response).startswith(name)


def test_no_text_reaches_a_log(client: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    """Good, bad and failing requests leave no word of theirs in any log."""
    from mvl_classify import report
    from mvl_classify.web import create_app

    class Broken(Scorer):
        def score(self, text: Any, **kwargs: Any) -> Any:
            raise RuntimeError(text)

    with caplog.at_level(logging.DEBUG):
        client.post("/score", json={"text": "zanzibar"})
        client.post("/score", json={"text": "zanzibar", "kind": "zanzibar"})
        client.post("/score", content=b"zanzibar")
        with serving(app=create_app(Broken(), report)) as place:
            broken = httpx.post(f"{place}/score", json={"text": "zanzibar"})
    assert broken.status_code == 500
    assert "unexpected RuntimeError" in caplog.text
    assert "zanzibar" not in caplog.text + broken.text


def test_view_has_a_fragment_a_version_and_the_changes(client: httpx.Client) -> None:
    """What the page asks for holds no inline style or script, and compares two versions."""
    later = AD + "<script>alert(1)</script> Mentor your staff."
    versions = [{"text": AD, "title": None}, {"text": later, "title": "Lead"}]
    found = client.post("/view", json={"versions": versions, "kind": "ad"}).json()
    assert len(found["versions"]) == 2
    assert [one["change"] for one in found["changes"]["sentences"]] == ["added"]
    for version in found["versions"]:
        assert "<script" not in version["html"] and "style=" not in version["html"]


def test_compare_names_removed_added_and_kept_sentences(scorer: Scorer) -> None:
    """A replaced sentence is removed and added; sentences that differ only in white space are the same."""
    before, after = "Plan the budget.\nCoach the team.\nOne more.", "Coach  the team.\nInspire people.\nOne more."
    found = compare(scorer.score(before), scorer.score(after))
    assert [(one.change, one.text) for one in found.sentences] == [
        ("removed", "Plan the budget."),
        ("added", "Inspire people."),
    ]
    assert found.same_count == 2
    assert after[found.sentences[1].start : found.sentences[1].end] == "Inspire people."


def test_compare_names_a_sentence_that_counts_no_more(scorer: Scorer) -> None:
    """A heading that takes a sentence out of the role's description is told, though the sentence stands."""
    duty = "You will coach and mentor every member of the team."
    before, after = f"Intro text here.\n{duty}", f"Intro text here.\n## Benefits\n{duty}"
    found = compare(scorer.score(before, kind="ad"), scorer.score(after, kind="ad"))
    assert [(one.change, one.text) for one in found.sentences if one.text == duty] == [("left out", duty)]


def test_compare_of_a_text_with_itself_changes_nothing(scorer: Scorer) -> None:
    """Two equal versions have no changed sentence and no changed orientation."""
    score = scorer.score(AD)
    found = compare(score, score)
    assert found.sentences == ()
    assert found.orientation.change == 0
    assert all(one.change in (0, None) for one in found.dimensions.values())


def serve(*options: str) -> "subprocess.Popen[str]":
    """Start the command."""
    command = [sys.executable, "-m", "mvl_classify", "serve", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_serve_says_its_address_and_listens_on_this_machine_only(tmp_path: Path) -> None:
    """The command prints its address on standard error and answers there."""
    process = serve("--port", "0")
    try:
        assert process.stderr is not None and process.stdout is not None
        place = process.stderr.readline().split()[1]
        assert place.startswith("http://127.0.0.1:")
        for _ in range(50):
            try:
                assert httpx.get(f"{place}/healthz").status_code == 200
                break
            except httpx.ConnectError:
                time.sleep(0.1)
        else:
            pytest.fail("the server did not answer")
    finally:
        process.terminate()
        out, _ = process.communicate(timeout=20)
    assert out == ""


def test_serve_on_a_taken_port_exits_2_with_one_line() -> None:
    """A port in use is a mistake that one line explains."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = serve("--port", str(taken.getsockname()[1]))
        out, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert out == "" and err.count("\n") == 1 and "choose another --port" in err


def test_serve_without_the_extra_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without FastAPI the error says what to install."""
    from mvl_classify.errors import DependencyError

    for name in [name for name in sys.modules if name.startswith("mvl_classify.web")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "fastapi", None)
    with pytest.raises(DependencyError, match=r"mvl-classify\[web\]"):
        web_application()
