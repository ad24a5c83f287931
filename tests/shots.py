"""`make shots`: a picture of every page of the console and of every site, in light and dark, 360 px and 1280 px wide.

They are written to `.groundcloud/shots/PAGE-SCHEME-WIDTH.png`, to be looked at by a person. A page that is wider than
its window is named at the end, and the command fails. `tests/architecture/test_shots.py` compares `SHOTS` with the
routes of the console and the screens of the sites, so that none is forgotten.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.support.browser import WAIT, PageWatch, chromium
from tests.support.console import Console
from tests.support.login import sign_in_on_hosted_page
from tests.support.shot_stage import CUSTOMER, FRIEND, NEWCOMER, WORKER, Stage, make_stage
from tests.support.systems import PASSWORD
from tests.support.tree import ROOT
from ui.views import SCREENS

OUT = ROOT / ".groundcloud" / "shots"
SCHEMES = ("light", "dark")
WIDTHS = (360, 1280)
HEIGHT = 800


@dataclass(frozen=True)
class Shot:
    """One picture: what it is called, which route or screen it covers, and how to get there."""

    name: str
    covers: str
    arrange: Callable[[Page, Stage], None]


def console(path: str = "", which: str = "full") -> Callable[[Page, Stage], None]:
    """Open a page of one of the stage's consoles."""

    def arrange(page: Page, stage: Stage) -> None:
        shown: Console = getattr(stage, which)
        page.goto(shown.url + path)

    return arrange


def overview(page: Page, stage: Stage) -> None:
    page.goto(stage.full.url)
    page.locator("details summary").first.click()


def decisions(page: Page, stage: Stage) -> None:
    """With a denial in it: nobody may list the bucket of a site."""
    cloud = stage.cloudtask.cloud
    cloud.http.get(f"{cloud.endpoint}/{stage.cloudtask.outputs['SiteBucket']}")
    page.goto(f"{stage.full.url}/iam")
    expect(page.get_by_test_id("decision").first).to_be_visible()


def table(view: str = "") -> Callable[[Page, Stage], None]:
    """CloudTask's table, or the stream of greeting's: pages whose addresses the cloud makes up."""

    def arrange(page: Page, stage: Stage) -> None:
        tables = stage.greeting.cloud.client("dynamodb").list_tables()["TableNames"]
        system = "greeting" if view == "/stream" else "cloudtask"
        (name,) = [each for each in tables if each.startswith(f"{system}-")]
        page.goto(f"{stage.full.url}/tables/{name}{view if view != '/item' else ''}")
        if view == "/item":
            page.get_by_test_id("item").first.get_by_role("link").click()

    return arrange


def trace(path: str = "", replayed: bool = False) -> Callable[[Page, Stage], None]:
    """The trace of a task that was added, and what hangs on it."""

    def arrange(page: Page, stage: Stage) -> None:
        page.goto(f"{stage.full.url}/requests?service=lambda&operation=POST")
        page.get_by_test_id("trace").first.get_by_role("link").click()
        if replayed:
            page.get_by_test_id("step").filter(has_text="invocation").first.click()
            page.get_by_role("button", name="Replay").click()
            page.get_by_role("link", name="Compare the two").click()
        elif path:
            page.goto(page.url.partition("?")[0] + path)

    return arrange


def function(path: str = "") -> Callable[[Page, Stage], None]:
    """CloudTask's function that adds tasks, after a call; or a page below it."""

    def arrange(page: Page, stage: Stage) -> None:
        page.goto(f"{stage.full.url}/functions/{stage.cloudtask.function('CreateTask')}{path}")
        if not path:
            page.get_by_role("button", name="Invoke").click()
            expect(page.get_by_test_id("invoked")).to_be_visible()

    return arrange


def api(tried: str = "", button: str = "") -> Callable[[Page, Stage], None]:
    """CloudTask's API; a route of it that was tried as its user, or of which the preflight was explained."""

    def arrange(page: Page, stage: Stage) -> None:
        page.goto(f"{stage.full.url}/apis/{stage.cloudtask.outputs['ApiId']}")
        if tried:
            page.get_by_role("link", name=tried, exact=True).click()
            if button == "Send":
                page.get_by_label("Send as a user").fill(WORKER)
            page.get_by_role("button", name=button, exact=True).click()
            expect(page.locator("section[aria-live]")).to_be_visible()

    return arrange


def chat(page: Page, stage: Stage) -> None:
    """A WebSocket API."""
    client = stage.cloudtask.cloud.client("apigatewayv2")
    found = [each for each in client.get_apis()["Items"] if each["Name"] == "chat"]
    if not found:
        made = client.create_api(Name="chat", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")
        client.create_route(ApiId=made["ApiId"], RouteKey="$connect")
        client.create_route(ApiId=made["ApiId"], RouteKey="say")
        client.create_stage(ApiId=made["ApiId"], StageName="live")
        found = [made]
    page.goto(f"{stage.full.url}/apis/{found[0]['ApiId']}")


def people(what: str = "") -> Callable[[Page, Stage], None]:
    """CloudTask's user pool, somebody in it (`user`), or a token that was changed (`token`)."""

    def arrange(page: Page, stage: Stage) -> None:
        outputs = stage.cloudtask.outputs
        page.goto(f"{stage.full.url}/users/{outputs['UserPoolId']}{'/token' if what == 'token' else ''}")
        if what == "user":
            page.get_by_test_id("user").first.get_by_role("link").click()
        if what == "token":
            tokens = stage.cloudtask.cloud.client("cognito-idp").initiate_auth(
                ClientId=outputs["UserPoolClientId"],
                AuthFlow="USER_PASSWORD_AUTH",
                AuthParameters={"USERNAME": WORKER, "PASSWORD": PASSWORD},
            )
            page.get_by_label("An id or access token").fill(tokens["AuthenticationResult"]["IdToken"][:-4] + "AAAA")
            page.get_by_role("button", name="Look").click()

    return arrange


def stack(what: str = "") -> Callable[[Page, Stage], None]:
    """CloudTask's stack; what its last change set did (`changes`); its drift (`drift`)."""

    def arrange(page: Page, stage: Stage) -> None:
        page.goto(f"{stage.full.url}/deploy/cloudtask")
        if what == "changes":
            page.get_by_test_id("change-set").first.get_by_role("link").click()
        if what == "drift":
            page.get_by_role("button", name="Look for drift").click()
            expect(page.get_by_test_id("drift-status")).not_to_have_text("in progress")

    return arrange


def peeked(page: Page, stage: Stage) -> None:
    """A queue with a message in it."""
    sqs = stage.cloudtask.cloud.client("sqs")
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sqs.purge_queue(QueueUrl=url)
    sqs.send_message(QueueUrl=url, MessageBody='{"order": 7, "items": ["milk", "bread"]}')
    page.goto(f"{stage.full.url}/queues/orders")
    page.get_by_role("button", name="Peek").click()


def named(path: str, kind: str) -> Callable[[Page, Stage], None]:
    """A parameter, or a secret, of that kind's service, with its value revealed where there is something to reveal."""

    def arrange(page: Page, stage: Stage) -> None:
        cloud = stage.cloudtask.cloud
        if kind == "parameter":
            cloud.client("ssm").put_parameter(Name="/shop/key", Type="SecureString", Value="s3cr3t", Overwrite=True)
            page.goto(f"{stage.full.url}{path}?name=/shop/key")
        else:
            manager = cloud.client("secretsmanager")
            if not manager.list_secrets()["SecretList"]:
                manager.create_secret(Name="shop/database", SecretString='{"password": "s3cr3t"}')
            page.goto(f"{stage.full.url}{path}?name=shop/database")
        page.get_by_role("button", name="Reveal").first.click()
        expect(page.locator(".revealed")).to_be_visible()

    return arrange


def bucket(key: str = "") -> Callable[[Page, Stage], None]:
    """The bucket of CloudTask's site, or an object in it."""

    def arrange(page: Page, stage: Stage) -> None:
        page.goto(f"{stage.full.url}/buckets/{stage.cloudtask.outputs['SiteBucket']}")
        if key:
            page.get_by_role("link", name=key, exact=True).click()
            page.get_by_role("button", name="1 hour").click()
            expect(page.locator(".revealed")).to_be_visible()

    return arrange


def message(view: str) -> Callable[[Page, Stage], None]:
    def arrange(page: Page, stage: Stage) -> None:
        page.goto(f"{stage.full.url}/mail?recipient={CUSTOMER}")
        page.get_by_test_id("mail-item").first.get_by_role("link").click()
        page.get_by_role("link", name=view, exact=True).click()

    return arrange


def site(fragment: str = "") -> Callable[[Page, Stage], None]:
    def arrange(page: Page, stage: Stage) -> None:
        page.goto("about:blank")  # a change of the fragment alone would not load the page anew
        page.goto(stage.cloudtask.site + fragment)

    return arrange


def refused(page: Page, stage: Stage) -> None:
    site("#sign-in")(page, stage)
    page.get_by_test_id("email").fill(NEWCOMER)
    page.get_by_test_id("password").fill("Wrong" + PASSWORD)
    page.get_by_test_id("sign-in").click()
    expect(page.get_by_test_id("message")).not_to_be_empty()


def tasks(email: str, state: str) -> Callable[[Page, Stage], None]:
    def arrange(page: Page, stage: Stage) -> None:
        page.goto(stage.cloudtask.site)
        page.evaluate("sessionStorage.clear()")
        site("#sign-in")(page, stage)
        page.get_by_test_id("email").fill(email)
        page.get_by_test_id("password").fill(PASSWORD)
        page.get_by_test_id("sign-in").click()
        expect(page.get_by_test_id(state).first).to_be_visible()

    return arrange


def editing(page: Page, stage: Stage) -> None:
    tasks(WORKER, "task-item")(page, stage)
    page.get_by_test_id("task-edit").first.click()


def hello(fragment: str = "") -> Callable[[Page, Stage], None]:
    """Greeting's page, with nobody signed in."""

    def arrange(page: Page, stage: Stage) -> None:
        page.goto("about:blank")
        page.goto(stage.greeting.site + fragment)

    return arrange


def greeted(page: Page, stage: Stage) -> None:
    hello()(page, stage)
    page.get_by_test_id("username").fill(FRIEND)
    page.get_by_test_id("password").fill(PASSWORD)
    page.get_by_test_id("sign-in").click()
    expect(page.get_by_test_id("greeting")).to_have_text(f"hello {FRIEND}", timeout=2 * WAIT)
    page.get_by_test_id("file").set_input_files(
        {"name": "shopping list.txt", "mimeType": "text/plain", "buffer": b"milk, two litres, oat"}
    )
    expect(page.get_by_test_id("file-item")).to_be_visible()
    page.get_by_test_id("look-elsewhere").click()
    expect(page.get_by_test_id("elsewhere-answer")).not_to_be_empty()


def login(path: str, field: str = "", text: str = "", button: str = "") -> Callable[[Page, Stage], None]:
    """A page of the login system, as its administrator sees it; `button` is pressed after `field` was filled in."""

    def arrange(page: Page, stage: Stage) -> None:
        page.goto(stage.login.url)
        if page.get_by_role("link", name="Sign in").is_visible():
            page.get_by_role("link", name="Sign in").click()
            sign_in_on_hosted_page(page, stage.administrator)
        page.goto(stage.login.url + path)
        if field:
            page.get_by_label(field).fill(text)
            page.get_by_role("button", name=button).click()

    return arrange


def login_home(page: Page, stage: Stage) -> None:
    page.context.clear_cookies()
    page.goto(stage.login.url)


def sign_in_failed(page: Page, stage: Stage) -> None:
    page.goto(f"{stage.login.url}/callback?code=x&state=y")


def hosted(screen: str) -> Callable[[Page, Stage], None]:
    """One of Cognito's hosted pages."""
    return lambda page, stage: stage.hosted.open(page, screen)


NEEDS_A_QUERY = {"requests.compare"}


def of_screens() -> tuple[Shot, ...]:
    """Each page of the console that can be opened by its address alone, in front of a full and of an empty cloud."""
    return tuple(
        Shot(f"console-{page.endpoint.replace('.', '-')}{end}", f"console:{page.endpoint}", console(page.path, which))
        for screen in SCREENS
        for page in screen.pages
        if "<" not in page.path and page.endpoint not in NEEDS_A_QUERY
        for end, which in (("", "full"), ("-empty", "empty"))
    )


SHOTS = (
    *of_screens(),
    Shot("console-overview-open", "console:overview.page", overview),
    Shot("console-cloud-away", "console:cloud_unavailable", console(which="away")),
    Shot("console-refused", "console:refused", console("/no/such/page")),
    Shot("console-table", "console:tables.table", table()),
    Shot("console-table-item", "console:tables.item", table("/item")),
    Shot("console-table-new", "console:tables.new", table("/new")),
    Shot("console-table-stream", "console:tables.stream", table("/stream")),
    Shot("console-trace", "console:requests.one", trace()),
    Shot("console-trace-edit", "console:requests.edit", trace("/edit")),
    Shot("console-trace-compare", "console:requests.compare", trace(replayed=True)),
    Shot("console-bucket", "console:buckets.bucket", bucket()),
    Shot("console-object", "console:buckets.object", bucket("index.html")),
    Shot("console-function", "console:functions.function", function()),
    Shot("console-function-policy", "console:functions.policy", function("/policy")),
    Shot("console-api", "console:apis.api", api()),
    Shot("console-api-websocket", "console:apis.api", chat),
    Shot("console-route", "console:apis.route", api("GET /tasks", "Send")),
    Shot("console-route-preflight", "console:apis.route", api("POST /tasks", "Ask as a browser would")),
    Shot("console-pool", "console:users.pool", people()),
    Shot("console-user", "console:users.user", people("user")),
    Shot("console-token", "console:users.token", people("token")),
    Shot("console-stack", "console:deploy.stack", stack()),
    Shot("console-stack-changes", "console:deploy.changes", stack("changes")),
    Shot("console-stack-drift", "console:deploy.drift", stack("drift")),
    Shot("console-parameter", "console:parameters.parameter", named("/parameters/one", "parameter")),
    Shot("console-secret", "console:parameters.secret", named("/secrets/one", "secret")),
    Shot("console-queue", "console:queues.queue", peeked),
    Shot("console-mail-filtered", "console:mail.inbox", console(f"/mail?recipient={NEWCOMER}")),
    Shot("console-mail-sms", "console:mail.inbox", console("/mail?kind=sms")),
    Shot("console-message-text", "console:mail.message", message("Text")),
    Shot("console-message-html", "console:mail.message", message("HTML")),
    Shot("console-message-json", "console:mail.message", message("JSON")),
    Shot("console-iam-denied", "console:iam.decisions", decisions),
    Shot("cloudtask-sign-in", "cloudtask:sign-in", site()),
    Shot("cloudtask-sign-in-refused", "cloudtask:sign-in", refused),
    Shot("cloudtask-sign-up", "cloudtask:sign-up", site("#sign-up")),
    Shot("cloudtask-confirm", "cloudtask:confirm", site("#confirm")),
    Shot("cloudtask-error", "cloudtask:error", site("no/such/page")),
    Shot("cloudtask-tasks-empty", "cloudtask:tasks", tasks(NEWCOMER, "empty")),
    Shot("cloudtask-tasks", "cloudtask:tasks", tasks(WORKER, "task-item")),
    Shot("cloudtask-editing", "cloudtask:tasks", editing),
    Shot("greeting-sign-in", "greeting:sign-in", hello()),
    Shot("greeting-register", "greeting:register", hello("#register")),
    Shot("greeting-confirm", "greeting:confirm", hello("#confirm")),
    Shot("greeting-error", "greeting:error", hello("no/such/page")),
    Shot("greeting-home", "greeting:home", greeted),
    Shot("login-home", "login:home", login_home),
    Shot("login-message", "login:message", sign_in_failed),
    Shot("login-profile", "login:profile", login("/profile", "New note", "Feed the cat\nand the dog", "Add note")),
    Shot("login-profile-refused", "login:profile", login("/profile", "New note", " ", "Add note")),
    Shot("login-delete", "login:delete", login("/delete-account")),
    Shot("login-delete-refused", "login:delete", login("/delete-account", "Your e-mail", "x@y", "Delete my account")),
    Shot("login-admin", "login:admin", login("/admin/")),
    Shot("login-admin-group", "login:admin", login("/admin/?group=members")),
    Shot("hosted-login-refused", "hosted:login", hosted("refused")),
    Shot("hosted-login", "hosted:login", hosted("login")),
    Shot("hosted-signup", "hosted:signup", hosted("signup")),
    Shot("hosted-confirm", "hosted:confirm", hosted("confirm")),
    Shot("hosted-resendcode", "hosted:resendcode", hosted("resendcode")),
    Shot("hosted-forgot-password", "hosted:forgot-password", hosted("forgot-password")),
    Shot("hosted-confirm-forgot-password", "hosted:confirm-forgot-password", hosted("confirm-forgot-password")),
    Shot("hosted-new-password", "hosted:new-password", hosted("new-password")),
    Shot("hosted-mfa-setup", "hosted:mfa-setup", hosted("mfa-setup")),
    Shot("hosted-mfa", "hosted:mfa", hosted("mfa")),
    Shot("hosted-mfa-select", "hosted:mfa-select", hosted("mfa-select")),
    Shot("hosted-signed-in", "hosted:signed-in", hosted("signed-in")),
    Shot("hosted-message", "hosted:message", hosted("message")),
    Shot("hosted-error", "hosted:error", hosted("error")),
)


def take_all(out: Path = OUT) -> list[str]:
    """Write every picture; what is wrong with the pages, one line each."""
    out.mkdir(parents=True, exist_ok=True)
    faults: list[str] = []
    with ExitStack() as stack:
        stage = make_stage(stack)
        browser = stack.enter_context(chromium())
        for scheme in SCHEMES:
            for width in WIDTHS:
                faults += take(browser, stage, scheme, width, out)
    return faults


def take(browser: Browser, stage: Stage, scheme: str, width: int, out: Path) -> list[str]:
    """Every picture in one colour scheme and width."""
    watch = PageWatch()
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHT}, color_scheme="dark" if scheme == "dark" else "light"
    )
    context.set_default_timeout(WAIT)
    context.on("page", watch.watch)
    page = context.new_page()
    faults = []
    for shot in SHOTS:
        shot.arrange(page, stage)
        page.wait_for_load_state("load" if shot.name.startswith("console") else "networkidle")
        page.evaluate("scrollTo(0, 0)")
        taken = int(page.evaluate("document.documentElement.scrollWidth"))
        if taken > width:
            faults.append(f"{shot.name} takes {taken} px at a width of {width} px")
        page.screenshot(path=out / f"{shot.name}-{scheme}-{width}.png", full_page=True)
    context.close()
    return faults + watch.faults


def main() -> int:
    faults = take_all()
    print(f"{len(SHOTS) * len(SCHEMES) * len(WIDTHS)} pictures in {OUT.relative_to(ROOT)}")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
