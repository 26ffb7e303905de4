"""What a running project has to do, over HTTP."""

import time

import client
import servers
from client import expect
from projects import Project

#: No answer may take longer while a part of Celery is away.
BOUND = 7


class Running:
    """A project whose server and worker run."""

    def __init__(self, project: Project, port: int) -> None:
        self.project = project
        self.base = f"http://{servers.LOOPBACK}:{port}"

    def send(self, arguments: dict) -> client.Answer:
        return client.request(self.base + self.project.submit, arguments)

    def submit(self, amount: int, path: str = "") -> str:
        answer = client.request(self.base + (path or self.project.submit), {self.project.work.argument: amount})
        assert answer.status == 202, f"202 expected: {answer}"
        body = answer.json()
        return body.get("id") or body["task_id"]

    def status(self, task_id: str) -> client.Answer:
        return client.request(self.base + self.project.status.format(id=task_id))

    def result(self, task_id: str) -> client.Answer:
        return client.request(self.base + self.project.result.format(id=task_id))

    def health(self) -> client.Answer:
        return client.request(self.base + self.project.health)

    def finished(self, task_id: str, seconds: float = 30) -> list[dict]:
        """Follow a task to its end; what its status said on the way."""
        seen: list[dict] = []

        def ended() -> bool:
            seen.append(expect(self.status(task_id), 200).json())
            return seen[-1]["state"] in ("SUCCESS", "FAILURE")

        servers.wait_for(ended, seconds, f"the end of task {task_id}")
        return seen


def task_succeeds(running: Running) -> None:
    """Submit, follow the progress, read the result."""
    work = running.project.work
    task_id = running.submit(work.good)
    early = expect(running.result(task_id), 409).json()
    assert early["state"] in ("PENDING", "STARTED", "PROGRESS"), early
    seen = running.finished(task_id)
    told = [one["progress"] for one in seen if one["state"] == "PROGRESS"]
    assert {one["total"] for one in told} == {work.steps}, f"no progress: {seen}"
    assert len({one["current"] for one in told}) > 1, f"no progress: {seen}"
    assert seen[-1]["state"] == "SUCCESS", seen[-1]
    assert expect(running.result(task_id), 200).json()["result"] == work.result


def task_fails(running: Running) -> None:
    task_id = running.submit(running.project.work.bad)
    assert running.finished(task_id)[-1]["state"] == "FAILURE"
    problem = expect(running.result(task_id), 409).json()
    assert problem["state"] == "FAILURE" and problem["error"] == "ValueError", problem


def unknown_id(running: Running) -> None:
    for answer in (running.status("no-such-task"), running.result("no-such-task")):
        expect(answer, 404)


def submits_what_is_offered(running: Running) -> None:
    """Only tasks of the list, only arguments that fit; and nothing hangs while a part is away."""
    expect(running.send({"nonsense": 1}), 422)
    expect(client.request(running.base + running.project.submit.rpartition("/")[0] + "/os.system", {}), 404)


def openapi_lists_routes(running: Running) -> None:
    document = client.request(running.base + "/openapi.json").json()
    project = running.project
    for path in (project.status, project.result, project.health):
        operations = document["paths"][path.format(id="{task_id}")]
        described = operations["get"]
        assert described.get("summary"), described
        if not (project.own_health and path == project.health):
            assert {"200", "503"} <= set(described["responses"]), described
            assert described["description"] and described["tags"], described


def is_healthy(running: Running) -> bool:
    return running.health().status == 200


def says_unhealthy(running: Running, parts: set[str]) -> None:
    answer = running.health()
    assert answer.seconds < BOUND, f"too slow: {answer}"
    if running.project.own_health:
        assert answer.status == 503, f"503 expected: {answer}"
        return
    checks = expect(answer, 503).json()["checks"]
    assert {name for name, up in checks.items() if not up} == parts, f"{parts} expected: {answer}"


def worker_stopped(running: Running, worker: servers.Server) -> None:
    """The health says so, and a task that waits is told from one that never was."""
    worker.stop()
    says_unhealthy(running, {"workers"})
    waiting = [running.submit(1)]
    if running.project.series:
        waiting.append(running.submit(1, running.project.series))
    for task_id in waiting:
        assert expect(running.status(task_id), 200).json()["state"] == "PENDING"
        expect(running.result(task_id), 409)
    worker.start()
    for task_id in waiting:
        assert running.finished(task_id, 45)[-1]["state"] == "SUCCESS"


def broker_stopped(running: Running, broker: servers.Server, worker: servers.Server, is_backend: bool) -> None:
    """503 within the bound, and recovery when it returns."""
    broker.stop()
    try:
        parts = {"broker", "workers"} | ({"backend"} if is_backend else set())
        says_unhealthy(running, parts)
        if is_backend:
            backend_silent(running)
        else:
            expect(running.status("no-such-task"), 404)
            refuses_to_submit(running)
    finally:
        broker.start()
    recovers(running, worker)


def backend_stopped(running: Running, backend: servers.Server, worker: servers.Server) -> None:
    backend.stop()
    try:
        says_unhealthy(running, {"backend"})
        backend_silent(running)
    finally:
        backend.start()
    recovers(running, worker)


def backend_silent(running: Running) -> None:
    for ask in (running.status, running.result):
        answer = expect(ask("no-such-task"), 503)
        assert answer.seconds < BOUND, f"too slow: {answer}"
    refuses_to_submit(running)


def refuses_to_submit(running: Running) -> None:
    """The endpoints that submit are the project's own, unless they were written too."""
    if running.project.submits_by_name:
        answer = expect(running.send({running.project.work.argument: 1}), 503)
        assert answer.seconds < BOUND + 3, f"too slow: {answer}"


def recovers(running: Running, worker: servers.Server) -> None:
    """As soon as everything is back; a worker that gave up is started again, as its supervisor would."""

    def is_back() -> bool:
        if not worker.runs():
            worker.start()
            time.sleep(2)
        return is_healthy(running)

    servers.wait_for(is_back, 60, "recovery")
    assert running.finished(running.submit(1), 45)[-1]["state"] == "SUCCESS"
