"""The playbook language: a history of exchanges, one line each.

    create patch -> 200 building 0               a request in words, the status, and the moment that the document shows
    +30 read patch -> 200 ready                  30 s later
    apply-stage 1 patch -> 409                   no document: a fault
    read patch -> 200 ready | /strategy/state = "applied" ; /strategy/name - ; /strategy/x + 1      the document, edited
    POST /api/orchestration {"a": 1} Accept=text/html -> 404 text:nothing
    GET / -> 200 example:00-versions-root        a document of the reference
    create patch {"swift-apply-type": null} -> 200 building 0     members set in the body of the example, null drops one
    delete patch <> -> 204                       `<…>` is a body as it stands
    apply-stage 1 patch -> 202 running 1 0       the stage-id is sent as digits, as the reference says
    expect patch ready world=aio | /strategy/state = "applied"    a prediction: the document and the world that it is of
Lines that begin with `begin` start another history: `begin still`, `begin shared`.
"""

import json
import re
import shlex

BASE = "/api/orchestration/sw-{}/strategy"
EXAMPLES = {"patch": "06-sw-patch-strategy-create-request", "upgrade": "12-sw-upgrade-strategy-create-request"}
JSON = ("Content-Type", "application/json")
FAULT = {"faultcode": "Client", "faultstring": "refused", "debuginfo": None}
LINE = re.compile(
    r"(?:\+(?P<later>[\d.]+) +)?(?P<request>.*?) *-> *(?P<status>\d+)(?: +(?P<answer>.*?))?(?: *\| *(?P<edits>.*))?"
)
ACTIONS = ("apply-all", "apply-stage", "abort", "abort-stage")


class Playbook:
    """Turns lines into exchanges; `make_exchange` and `make_document` are given, so that this file knows no package."""

    def __init__(self, make_exchange, make_document, contract):
        self._exchange = make_exchange
        self._document = make_document
        self._contract = contract
        self.at = 0.0

    def exchanges(self, text):
        """The exchanges of the lines; a `begin` line yields its words instead, an `expect` line what is predicted."""
        for line in filter(None, map(str.strip, text.strip().splitlines())):
            word = line.split()[0]
            yield tuple(line.split()[1:]) if word == "begin" else self._line(word, line)

    def _line(self, word, line):
        return self.prediction(line) if word == "expect" else self.exchange(line)

    def prediction(self, line):
        """Kind, world and document of an `expect` line."""
        text, _, edits = line.partition("|")
        kind, *words = text.split()[1:]
        worlds = [word.partition("=")[2] for word in words if word.startswith("world=")]
        moment = " ".join(word for word in words if "=" not in word)
        return {
            "kind": f"sw-{kind}",
            "world": (worlds or ["standard"])[0],
            "document": edited(self._document(f"sw-{kind}", moment), edits),
        }

    def exchange(self, line):
        """The exchange of one line."""
        found = LINE.fullmatch(line)
        assert found, line
        self.at += float(found["later"] or 0)
        method, path, body, headers, kind = self._request(found["request"])
        path, _, query = path.partition("?")
        answer, media = self._answer(found["answer"] or "", kind, int(found["status"]))
        if found["edits"]:
            answer = json.dumps(edited(json.loads(answer), found["edits"])).encode()
        return self._exchange(
            method=method,
            path=path,
            query=query,
            request_headers=headers,
            request_body=body,
            status=int(found["status"]),
            response_headers=(("Content-Type", media),) if media else (),
            response_body=answer,
            at=self.at,
            origin="playbook",
        )

    def _request(self, text):
        text, _, raw = text.partition("<") if "<" in text else (text, "", None)
        text, braces, body = text.partition("{")
        words = text.split()
        headers = [tuple(word.split("=", 1)) for word in words if "=" in word and not word.startswith("/")]
        words = [word for word in words if "=" not in word or word.startswith("/")]
        members = None
        if braces:
            rest = body.rsplit("}", 1)
            members = json.loads("{" + rest[0] + "}")
            headers += [tuple(word.split("=", 1)) for word in shlex.split(rest[1])]
        method, path, value, kind = self._words(words, members)
        sent = b"" if value is None else json.dumps(value).encode()
        if raw is not None:
            sent = raw.rsplit(">", 1)[0].encode()
        if sent and not any(name.lower() == "content-type" for name, _ in headers):
            headers.append(JSON)
        return method, path, sent, tuple((name, value) for name, value in headers if value), kind

    def _words(self, words, members):
        verb, kind = words[0], words[-1]
        if verb not in ("read", "create", "delete", "force-delete", *ACTIONS):
            return words[0], words[1], members, "patch" if "patch" in words[1] else "upgrade"
        path = BASE.format(kind)
        if verb == "read":
            return "GET", path, members, kind
        if verb == "create":
            value = {**self._contract.example(EXAMPLES[kind]), **(members or {})}
            return "POST", path, {name: member for name, member in value.items() if member is not None}, kind
        if verb in ACTIONS:
            stage = {"stage-id": words[1]} if len(words) > 2 else {}
            return "POST", path + "/actions", {"action": verb, **stage, **(members or {})}, kind
        return "DELETE", path, {"force": True} if verb == "force-delete" else members, kind

    def _answer(self, text, kind, status):
        if text.startswith("example:"):
            return json.dumps(self._contract.example(text[8:])).encode(), JSON[1]
        if text.startswith("json:"):
            return text[5:].encode(), JSON[1]
        if text.startswith("text:"):
            return text[5:].encode(), "text/plain"
        if text.startswith("bare:"):
            return text[5:].encode(), ""
        if text:
            words = text.split()
            uuid = dict(word.split("=") for word in words if word.startswith("uuid="))
            moment = " ".join(word for word in words if not word.startswith("uuid="))
            return json.dumps(self._document(f"sw-{kind}", moment, **uuid)).encode(), JSON[1]
        return (b"", "") if status == 204 else (json.dumps(FAULT).encode(), JSON[1])


def edited(value, edits):
    """A copy of a JSON value with `pointer = json`, `pointer -` (drop) and `pointer + number` (add) applied."""
    for edit in filter(None, map(str.strip, edits.split(";"))):
        pointer, operator, *rest = edit.split(" ", 2)
        *parents, last = [int(part) if part.isdigit() else part for part in pointer.strip("/").split("/")]
        holder = value
        for part in parents:
            holder = holder[part]
        if operator == "-":
            del holder[last]
        elif operator == "+":
            holder[last] += json.loads(rest[0])
        else:
            holder[last] = json.loads(rest[0])
    return value
