#!/usr/bin/env python3
"""An agent's code runs in a sandbox, and its tools run where the agent runs.

    examples/agent.py [http://HOST:PORT]         HOSTEL_KEY=… where tenants have keys

Shows a client in Python without further packages: commands whose output is read while they run, functions that the
client offers for the length of a command, questions, pictures, and an answer that is read again after the connection
broke. `Session` and `Turn` may be taken into programs of one's own. Exits with 1 when something is not as expected.
"""

import json
import os
import sys
import urllib.error
import urllib.request
import uuid


class HostelError(Exception):
    """What the host refused or stopped; `problem` is its document, whose `code` tells which case it is."""

    def __init__(self, problem):
        super().__init__(problem.get("detail") or problem.get("title"))
        self.problem = problem


class Session:
    """A session of a host, which is made when its first command comes, or by `create`."""

    def __init__(self, url, name, key=None):
        self.at = f"{url.rstrip('/')}/api/sessions/{name}"
        self.headers = {"content-type": "application/json"}
        if key:
            self.headers["authorization"] = f"Bearer {key}"

    def open(self, method, path, body=None, **headers):
        """The answer to a request, as it comes."""
        data = None if body is None else json.dumps(body).encode()
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.at + path, data, self.headers | headers, method=method)
        try:
            return urllib.request.urlopen(request)
        except urllib.error.HTTPError as error:
            raise HostelError(json.load(error)) from None

    def ask(self, method, path="", body=None, **headers):
        """The answer to a request, whole."""
        with self.open(method, path, body, **headers) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def create(self, **options):
        return self.ask("PUT", body=options)

    def delete(self):
        self.ask("DELETE")

    def run(self, command, tools=None, on_event=lambda event: None, answer=None):
        """Runs a command and gives its reply.

        tools: functions by name, which the command may call. Each takes the arguments and gives what JSON can hold.
        on_event: is told what happens, as it happens: output, results of several kinds.
        answer: gives the line for a prompt, where the command asks for one.
        """
        return Turn(self, command, tools or {}, on_event, answer).reply()


class Turn:
    """A command that is followed. A connection that breaks is made again, and nothing is missed or done twice."""

    def __init__(self, session, command, tools, on_event, answer):
        self.session, self.tools, self.on_event, self.answer = session, tools, on_event, answer
        self.id = f"agent-{uuid.uuid4()}"
        self.body = {"command": command, "functions": sorted(tools)}
        self.begun, self.last = False, None

    def reply(self, attempts=5):
        for attempt in range(attempts):
            try:
                for event in self.events():
                    if event["type"] == "end":
                        return event["reply"]
                    if event["type"] == "error":
                        raise HostelError(event["problem"])
                    self.take(event)
            except OSError:
                if attempt + 1 == attempts:
                    raise
        raise ConnectionError("the answer has broken off too often")

    def events(self):
        """What is new of the turn, a JSON value on each line."""
        with self.stream() as stream:
            for line in stream:
                event = json.loads(line)
                self.last = event.get("at", self.last)
                yield event

    def stream(self):
        accept = "application/x-ndjson"
        if self.begun:
            after = f"?after={self.last}" if self.last else ""
            try:
                return self.session.open("GET", f"/turns/{self.id}{after}", accept=accept)
            except HostelError as error:
                if error.problem["code"] != "turn-not-found":
                    raise
        # It has not begun, or a minute has passed since its end, or the host was started anew. The key is for these: what
        # is recorded is not done again.
        self.begun, self.last = True, None
        return self.session.open(
            "POST", "/execute", self.body, accept=accept, x_request_id=self.id, idempotency_key=self.id
        )

    def take(self, event):
        if event["type"] == "call":
            self.respond(event, self.called(event))
        elif event["type"] == "input" and self.answer:
            self.respond(event, {"line": self.answer(event["prompt"])})
        else:
            self.on_event(event)

    def called(self, call):
        try:
            return {"result": self.tools[call["name"]](call["arguments"])}
        except Exception as error:  # whatever the tool does is the command's to handle
            return {"error": f"{type(error).__name__}: {error}"}

    def respond(self, question, answer):
        self.session.ask("POST", f"/turns/{self.id}/answers/{question['id']}", answer)


# What a model may have written: it searches, asks a person, and shows a table.
CODE = """
const found = await host.call('search', { term: 'lighthouse' });
console.log(`${found.length} found`);
const most = Number(await host.readLine('How many may I show? '));
const rows = found.slice(0, most).map(({ name, year }) => `| ${name} | ${year} |`);
host.display({ 'text/markdown': ['| name | year |', '| --- | --- |', ...rows].join('\\n'), 'text/plain': `${most} of them` });
try { await host.call('search', { term: '' }); } catch (error) { console.log(`refused: ${error.message}`); }
found.length * 2
"""


def search(arguments):
    if not arguments["term"]:
        raise ValueError("an empty term finds everything")
    return [{"name": "Bell Rock", "year": 1810}, {"name": "Eddystone", "year": 1698}, {"name": "Pharos", "year": -280}]


def main(url):
    session = Session(url, f"agent-{uuid.uuid4()}", os.environ.get("HOSTEL_KEY"))
    session.create(guest="javascript")
    events = []

    def show(event):
        events.append(event)
        if what := event.get("text") or event.get("data"):
            print(f"  {event['type']}: {str(what).rstrip()}")

    try:
        reply = session.run(CODE, {"search": search}, show, answer=lambda prompt: "2")
        print(f"the value: {reply['result']}")
        # The sandbox has kept what the code found; its tools are gone with their command.
        kept = session.run("found.map(({ name }) => name).join(', ')")["result"]
        print(f"still there: {kept}")
        refused = session.run("await host.call('search', {})")["error"]
        print(f"without the tool: {refused.splitlines()[0]}")
    finally:
        session.delete()
    output = "".join(event["text"] for event in events if event["type"] == "stdout")
    tables = [event["data"]["text/markdown"] for event in events if event["type"] == "result"]
    if reply["result"] != "6" or "3 found" not in output or "refused: ValueError" not in output:
        sys.exit("the code did not run as expected")
    if len(tables) != 1 or "| Eddystone | 1698 |" not in tables[0]:
        sys.exit("the table is not as expected")


if __name__ == "__main__":
    main(*sys.argv[1:2] or ["http://127.0.0.1:3000"])
