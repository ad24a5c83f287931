"""The command `ground`: what a person at a terminal can do with a cloud.

Parts are imported when their command runs, so that `ground --help` is quick. `UserError` and AWS's refusals become a
sentence, anything unexpected a sentence and a file with the traceback: see `run`.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from groundcloud.errors import AwsError, UserError
from groundcloud.settings import Settings, read_settings, with_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from groundcloud.deploy.doors import AwsDoor
    from groundcloud.deploy.functions import Function, LogLine

INTERRUPTED = 130
_PIPE_WIDTH = 240
"""Columns of what is piped to another program: a row a line."""


def settings() -> Settings:
    """The settings of this process's environment, and of `.env` in the folder it runs in."""
    return read_settings(with_file(os.environ, Path(".env")))  # noqa: TID251 - the process's entry hands its environment to the settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="groundcloud")
def ground() -> None:
    """A local-first cloud for people who build on AWS."""


@ground.command()
def serve() -> None:
    """Run the cloud in the foreground until Ctrl-C."""
    from groundcloud import garbage

    garbage.hold()
    from groundcloud.server import serve as run_cloud

    run_cloud(settings())


@ground.command()
@click.argument("template", type=click.Path(path_type=Path))
@click.option("--stack-name", default="", help="Default: made of the template's path.")
@click.option("-p", "--parameters", multiple=True, help="\"Name=value Other='a b'\"; may be repeated.")
@click.option("--yes", is_flag=True, help="Do not ask (profile aws: needs --account too).")
@click.option("--account", default="", help="Profile aws: the account that must be meant.")
def deploy(template: Path, stack_name: str, parameters: tuple[str, ...], yes: bool, account: str) -> None:
    """Deploy a SAM or CloudFormation TEMPLATE."""
    from groundcloud.deploy.deployer import DeployRequest, deployer_for
    from groundcloud.deploy.guard import Consent
    from groundcloud.deploy.parameters import parse_parameters
    from groundcloud.deploy.terminal import TerminalReporter, show_deployment

    request = DeployRequest(template, stack_name, parse_parameters(parameters))
    with TerminalReporter() as reporter:
        consent = Consent(yes, account, sys.stdin.isatty())
        deployment = deployer_for(settings(), reporter, consent=consent, ask=reporter.ask).deploy(request)
    show_deployment(reporter.console, deployment)


@ground.command()
@click.argument("stack")
@click.option("--yes", is_flag=True, help="Do not ask (profile aws: needs --account too).")
@click.option("--account", default="", help="Profile aws: the account that must be meant.")
def destroy(stack: str, yes: bool, account: str) -> None:
    """Delete a STACK with everything in it."""
    from groundcloud.deploy.deployer import deployer_for
    from groundcloud.deploy.destroy import destroy as delete
    from groundcloud.deploy.guard import Consent
    from groundcloud.deploy.terminal import TerminalReporter

    with TerminalReporter() as reporter:
        deployer = deployer_for(
            settings(), reporter, consent=Consent(yes, account, sys.stdin.isatty()), ask=reporter.ask
        )
        gone = delete(deployer, stack)
    if not gone.existed:
        click.echo(f"There is no stack {stack}: nothing to do")
        return
    reporter.note(f"Stack {stack} is deleted")
    for name in gone.retained:
        reporter.warn(f"Kept, as the template says: {name}")


@ground.command()
@click.argument("function")
@click.option("--event", default="{}", help="JSON, a file with JSON, or - for standard input.")
@click.option("--stack", default="", help="Where several stacks have a function of that name.")
def invoke(function: str, event: str, stack: str) -> None:
    """Call a FUNCTION (logical id or name) and show its answer; its log goes to standard error."""
    from rich.console import Console

    from groundcloud.deploy.functions import find_function
    from groundcloud.deploy.functions import invoke as call
    from groundcloud.deploy.show import show_answer

    payload = _event(event)
    door = _door()
    answer = call(door, find_function(door, function, stack), payload)
    show_answer(answer, Console(), Console(stderr=True))
    if answer.error:
        raise UserError(f"{function} failed ({answer.error})", "Its answer and log are above")


@ground.command()
@click.argument("function")
@click.option("--stack", default="", help="Where several stacks have a function of that name.")
@click.option("--json", "as_json", is_flag=True, help="Only the policy document.")
def policy(function: str, stack: str, as_json: bool) -> None:
    """Show the policy that covers what a FUNCTION was seen to do, and what its role has besides."""
    from rich.console import Console

    from groundcloud.deploy.functions import find_function
    from groundcloud.deploy.show import show_policy

    found = find_function(_door(), function, stack)
    mine = settings()
    place = {"function": found.name, "account": mine.account, "region": mine.region}
    show_policy(_control().request("GET", "/iam/policy", **place), Console(highlight=False), as_json=as_json)


@ground.command()
@click.argument("function", required=False)
@click.option("--stack", default="", help="Only the functions of this stack.")
@click.option("--since", default=60, show_default=True, help="Minutes to look back.")
@click.option("--filter", "pattern", default="", help='Only lines with this: words, "a phrase", -without, %regex%.')
@click.option("-f", "--follow", is_flag=True, help="Go on until Ctrl-C.")
def logs(function: str | None, stack: str, since: int, pattern: str, follow: bool) -> None:
    """Show what the deployed functions logged, all of them or one FUNCTION."""
    from rich.console import Console

    from groundcloud.deploy import functions as deployed
    from groundcloud.deploy.log_filter import log_filter
    from groundcloud.deploy.show import show_lines

    door, console, matches = _door(), Console(highlight=False), log_filter(pattern)
    if function:
        wanted = [deployed.find_function(door, function, stack)]
    else:
        wanted = [each for each in deployed.list_functions(door) if stack in ("", each.stack)]
    start = int((time.time() - since * 60) * 1000)
    if follow:
        for line in _followed(door, wanted, start):
            if matches(line.text):
                show_lines(console, [line])
        return
    lines = [line for each in wanted for line in deployed.log_lines(door, each, start) if matches(line.text)]
    show_lines(console, sorted(lines, key=lambda line: line.created))
    if not lines:
        click.echo(f"No log lines in the last {since} minutes", err=True)


@ground.command()
@click.argument("function")
@click.option("--stack", default="", help="Where several stacks have a function of that name.")
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="Default: 5678 (Python), 9229 (Node.js).")
@click.option("--off", is_flag=True, help="Debug it no more, and end the call that waits.")
def debug(function: str, stack: str, port: int | None, off: bool) -> None:
    """Let the next call of FUNCTION wait for a debugger, with no timeout."""
    from groundcloud.deploy.functions import find_function

    if settings().profile == "aws":
        raise UserError("Functions on AWS cannot be debugged from here", "Deploy to the local cloud: `make up`")
    door = _door()
    path = f"/functions/{find_function(door, function, stack).name}/debug"
    place = {"account": str(door.call("sts", "get_caller_identity")["Account"]), "region": door.region}
    if off:
        _control().request("DELETE", path, **place)
        click.echo(f"{function} is not debugged any more")
        return
    answer = _control().request("POST", path, {} if port is None else {"port": port}, **place)
    attach = {"python": "Attach to a Python function", "node": "Attach to a Node.js function"}[answer["language"]]
    click.secho(f"The next call of {function} waits for a debugger on {answer['host']}:{answer['port']}", fg="green")
    click.echo(f"1. Call it:  make invoke FUNCTION={function}  (or by its API, its site, …)")
    click.echo(f"2. Attach:   VS Code, Run and Debug, '{attach}'; or any debugger to that port")
    click.echo(f"3. Give up:  make debug FUNCTION={function} OFF=1")
    if answer["folder"]:
        click.echo(f"Breakpoints hold in {answer['folder']}")


@ground.command()
@click.argument("source", required=False)
@click.option("--set", "changes", multiple=True, help="path.to.field=value, JSON or text; may be repeated.")
def event(source: str | None, changes: tuple[str, ...]) -> None:
    """Print the event that SOURCE sends to a function; without SOURCE, list them all."""
    from groundcloud.samples import sample_event, sources

    if source is None:
        for name, about in sources().items():
            click.echo(f"{name:28} {about}")
        return
    click.echo(sample_event(source, changes))


@ground.command()
@click.option("--json", "as_json", is_flag=True, help="As the control route gives it.")
def status(as_json: bool) -> None:
    """Show what runs."""
    import json

    answer = _control().request("GET", "/status")
    if as_json:
        click.echo(json.dumps(answer, indent=2))
        return
    minutes = (time.time() - answer["startedAt"]) / 60
    click.echo(f"cloud    {answer['endpoint']}  pid {answer['pid']}, up {minutes:.0f} min, {_megabytes(answer)}")
    click.echo(f"console  {answer['uiUrl']}")
    click.echo(f"engine   {answer['engine']['name']} {answer['engine']['version']}, profile {answer['profile']}")
    click.echo(f"account  {answer['account']} in {answer['region']}")


@ground.command()
@click.argument("trace", required=False)
@click.option("--status", "outcome", type=click.Choice(["ok", "error", "denied"]), help="Only what ended so.")
@click.option("--service", help="Only traces with a call of this service.")
@click.option("--function", help="Only traces in which this function ran.")
@click.option("--filter", "words", help="Only traces with these words, their log lines included.")
@click.option("--since", type=click.FloatRange(0), help="Minutes to look back.")
@click.option("-n", "--limit", type=click.IntRange(1, 500), default=30, show_default=True, help="How many.")
@click.option("--json", "as_json", is_flag=True, help="As the control route gives it.")
def traces(
    trace: str | None,
    outcome: str | None,
    service: str | None,
    function: str | None,
    words: str | None,
    since: float | None,
    limit: int,
    as_json: bool,
) -> None:
    """List what happened, or show one TRACE with everything it caused."""
    import json

    from rich.console import Console

    from groundcloud.deploy.show_traces import show_trace, show_traces

    if trace:
        found = _control().request("GET", f"/traces/{trace}")
    else:
        epoch = None if since is None else time.time() - since * 60
        query = {"status": outcome, "service": service, "function": function, "q": words, "since": epoch}
        found = _control().request("GET", "/traces", **query, limit=limit)
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    elif trace:
        show_trace(found, Console(highlight=False))
    elif found["traces"]:
        show_traces(found, Console(highlight=False, width=None if sys.stdout.isatty() else _PIPE_WIDTH))
    else:
        click.echo("Nothing has happened that fits", err=True)


@ground.command()
@click.option("--recipient", default=None, help="Only mail to this address.")
@click.option(
    "--wait", type=click.FloatRange(0, 60), default=None, help="Wait so many seconds (up to 60) for the next message."
)
@click.option("--json", "as_json", is_flag=True, help="As the control route gives it.")
def mail(recipient: str | None, wait: float | None, as_json: bool) -> None:
    """List the inbox: everything that the cloud would have mailed."""
    import json

    if wait is not None:
        messages = [_wait_for_mail(recipient, wait)]
    else:
        messages = _control().request("GET", "/mail", recipient=recipient)["messages"]
    if as_json:
        click.echo(json.dumps(messages, indent=2))
        return
    for message in messages:
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(message["created"]))
        code = f"  code {message['code']}" if message.get("code") else ""
        click.echo(f"{when}  {message['recipient']}  {message['subject']}{code}")
    if not messages:
        click.echo("The inbox is empty", err=True)


def run(command: click.Command, arguments: list[str], name: str) -> int:
    """Run a command line to its end and return the exit status: the border where errors become sentences."""
    try:
        status = command.main(arguments, prog_name=name, standalone_mode=False)
        return status if isinstance(status, int) else 0
    except click.exceptions.Abort:
        click.echo("Interrupted", err=True)
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except UserError as error:
        _complain(error.message, error.hint)
    except AwsError as error:
        _complain(f"AWS refuses: {error.message} ({error.code})", "")
    except BrokenPipeError:
        # Whoever read our output has enough of it (`ground logs | head`).
        sys.stderr.close()
    except Exception as error:  # noqa: BLE001 - the border: a traceback goes to a file, not to the person
        _complain(
            f"Unexpected: {type(error).__name__}: {error}", f"This is a fault of ours; details in {_keep_traceback()}"
        )
    return 1


def main() -> None:
    sys.exit(run(ground, sys.argv[1:], "ground"))


def _complain(message: str, hint: str) -> None:
    click.secho(message, fg="red", err=True)
    if hint:
        click.echo(f"→ {hint}", err=True)


def _keep_traceback() -> Path:
    """Write the current traceback into the working folder; where that is not known or not to be written, elsewhere."""
    try:
        folder = settings().home / "logs"
    except UserError:
        folder = Path(".groundcloud", "logs")
    name = f"traceback-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
    text = traceback.format_exc()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        path.write_text(text, encoding="utf-8")
    except OSError:
        # The folder itself may be what is wrong.
        path = Path(tempfile.gettempdir(), name)
        path.write_text(text, encoding="utf-8")
    return path


def _door() -> AwsDoor:
    from groundcloud.deploy.doors import BotoDoor
    from groundcloud.deploy.profile import profile_of

    return BotoDoor(profile_of(settings()))


def _control() -> Any:
    from groundcloud.deploy.control import HttpControl

    return HttpControl(settings().endpoint)


def _wait_for_mail(recipient: str | None, seconds: float) -> Any:
    from groundcloud.deploy.control import ControlRefused

    try:
        return _control().request(
            "GET", "/mail/wait", deadline=seconds + 10, recipient=recipient, after=time.time(), timeout=seconds
        )
    except ControlRefused as error:
        raise UserError(
            f"No mail in {seconds:g} seconds", "Was it sent before? `ground mail` lists the inbox"
        ) from error


def _event(text: str) -> bytes:
    import json

    if text == "-":
        text = sys.stdin.read()
    elif Path(text).is_file():
        text = Path(text).read_text(encoding="utf-8")
    try:
        json.loads(text)
    except ValueError as error:
        raise UserError(
            f"The event is neither a file nor JSON: {error}", 'EVENT=\'{"key": "value"}\' or EVENT=file.json'
        ) from error
    return text.encode()


def _followed(door: AwsDoor, wanted: list[Function], start: int) -> Iterator[LogLine]:
    """What was logged since `start`, then what is being logged: at once where the cloud is local."""
    from groundcloud.deploy import functions as deployed
    from groundcloud.deploy.follow import follow_stream

    if settings().profile == "aws":
        yield from deployed.follow(door, wanted, start)
        return
    account = str(door.call("sts", "get_caller_identity")["Account"])

    def history() -> list[LogLine]:
        return [line for each in wanted for line in deployed.log_lines(door, each, start)]

    yield from follow_stream(settings().endpoint, wanted, account, door.region, history)


def _megabytes(answer: dict[str, Any]) -> str:
    return f"{answer['memoryBytes'] / 2**20:.0f} MB"


if __name__ == "__main__":
    main()
