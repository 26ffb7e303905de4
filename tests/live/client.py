"""Requests to a project's web server."""

import dataclasses
import json
import time
import urllib.error
import urllib.request

PROBLEM = "application/problem+json"


@dataclasses.dataclass(frozen=True)
class Answer:
    status: int
    kind: str
    text: str
    seconds: float

    def json(self):
        return json.loads(self.text)

    def __str__(self) -> str:
        return f"{self.status} {self.kind} after {self.seconds:.1f} s: {self.text[:300]}"


def request(url: str, body: object = None, seconds: float = 30) -> Answer:
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    started = time.monotonic()
    try:
        response = urllib.request.urlopen(asked, timeout=seconds)
    except urllib.error.HTTPError as error:
        response = error
    with response:
        text = response.read().decode()
        kind = response.headers.get_content_type()
        return Answer(response.status, kind, text, time.monotonic() - started)


def expect(answer: Answer, status: int, kind: str = "application/json") -> Answer:
    """Check what every answer has to be: a problem when it is no success, and silent about what is inside."""
    assert answer.status == status, f"{status} expected: {answer}"
    wanted = kind if status < 400 else PROBLEM
    assert answer.kind == wanted, f"{wanted} expected: {answer}"
    for secret in ("hunter2", "Traceback", "redis://", "amqp://", "Errno", "Error 111"):
        assert secret not in answer.text, f"{secret!r} is told: {answer}"
    if status >= 400:
        problem = answer.json()
        assert problem["status"] == status and problem["title"] and problem["detail"], str(answer)
    return answer
