"""The page under `/_status` in a real browser: headless Chromium, skipped with its reason where there is none."""

import json
import re
import shutil
import subprocess
import threading
from html import escape, unescape

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from reference_server import create_app

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH: the page was not looked at in a browser")

OPTIONS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-extensions", "--enable-logging=stderr",
    "--virtual-time-budget=9000",
]  # fmt: skip
BODY = {"storage-apply-type": "serial", "worker-apply-type": "serial"}

# Added to a copy of the page: what it looks like goes into the title.
PROBE = """<script>
const root = document.documentElement, shade = (element) => getComputedStyle(element).backgroundColor;
const bars = [...document.querySelectorAll("svg")].map((svg) => svg.getBoundingClientRect().width);
document.title = JSON.stringify({
  width: innerWidth, overflow: root.scrollWidth - root.clientWidth, page: shade(document.body),
  narrowest: Math.min(...bars),
  colours: new Set([...document.querySelectorAll("rect")].map((rect) => getComputedStyle(rect).fill)).size,
  open: [...document.querySelectorAll("details")].filter((details) => details.open).map((details) => details.id),
});
</script>"""


@pytest.fixture
def browse(tmp_path):
    """Opens an address in a fresh browser; gives the DOM after nine seconds of its time, and the browser's log."""

    def run(address, *options):
        command = [CHROMIUM, *OPTIONS, f"--user-data-dir={tmp_path}/profile", *options, "--dump-dom", address]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
        return done.stdout, done.stderr

    return run


@pytest.fixture
def served():
    """Serves an app on a free port; gives the address of its page."""
    running = []

    class Silent(WSGIRequestHandler):
        def log_request(self, *_):
            """Nothing."""

    def start(app):
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent)
        thread = threading.Thread(target=server.serve_forever)
        running.append((server, thread))
        thread.start()
        return f"http://127.0.0.1:{server.port}/_status"

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


def changing(app, after):
    """The app, with something done before the page is asked for the second time."""
    looks = []

    def wrapped(environ, start_response):
        looks.append(environ["PATH_INFO"])
        if looks.count("/_status") == 2 and looks[-1] == "/_status":
            return after(environ, start_response)
        return app(environ, start_response)

    return wrapped


def seen(browse, text, tmp_path, *options, width=1280):
    """What the probe saw in a frame of that width."""
    inside = escape(text.replace("</body>", f"{PROBE}</body>"))
    (tmp_path / "page.html").write_text(
        f'<title></title><iframe style="width:{width}px;height:900px;border:0" srcdoc="{inside}"></iframe>'
        "<script>onload = () => { document.title = frames[0].document.title; }</script>",
        encoding="utf-8",
    )
    dom, _ = browse(f"file://{tmp_path}/page.html", "--window-size=1400,1000", "--virtual-time-budget=1500", *options)
    return json.loads(unescape(re.search(r"<title>(.*?)</title>", dom)[1]))


def test_an_open_page_shows_what_has_changed(browse, served):
    """The page asks again by itself, under its own policy, and shows the strategy that came meanwhile."""
    app = create_app(status_page=True)

    def create(environ, start_response):
        app.test_client().post("/api/orchestration/sw-upgrade/strategy", json=BODY)
        return app(environ, start_response)

    dom, log = browse(served(changing(app, create)))
    assert re.search(r"<h1><span class=\"badge building\">building</span></h1>", dom)
    assert "<title>building" in dom
    assert 'class="lost"' not in dom
    assert "CONSOLE" not in log


def test_an_open_page_says_when_nobody_answers(browse, served):
    """A server that fails is said, and the last that it told stays."""
    app = create_app(status_page=True)

    def fail(_environ, start_response):
        start_response("503 Service Unavailable", [("Content-Length", "0")])
        return []

    looks = []

    def once(environ, start_response):
        looks.append(environ["PATH_INFO"])
        return (app if looks.count("/_status") < 2 else fail)(environ, start_response)

    dom, _ = browse(served(once))
    assert '<body data-refreshed="2" class="lost">' in dom
    assert "no strategy" in dom


@pytest.mark.parametrize("width", [1280, 900, 400])
def test_nothing_is_wider_than_the_window(browse, tmp_path, page_of, course, width):
    """At no width has the page to be moved sideways, and the bars keep room to be seen."""
    look = seen(browse, page_of(course(host="a-host-with-a-name-that-goes-on-and-on-and-on")), tmp_path, width=width)
    assert (look["width"], look["overflow"], look["open"]) == (width, 0, ["apply-2"])
    assert look["narrowest"] > 250


@pytest.mark.parametrize(
    ("option", "page"), [("1", "rgb(255, 255, 255)"), ("0", "rgb(20, 23, 28)")], ids=["light", "dark"]
)
def test_it_is_light_or_dark_as_the_reader_likes(browse, tmp_path, page_of, course, option, page):
    """The page follows the reader's scheme, and its results have different colours in both."""
    look = seen(browse, page_of(course()), tmp_path, f"--blink-settings=preferredColorScheme={option}")
    assert (look["page"], look["colours"]) == (page, 4)
