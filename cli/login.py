"""Sign in to an API and keep a token."""

import getpass
import sys
from argparse import ArgumentParser, Namespace

from cli.api_client import Login, keep, login_file, new_token
from cli.frame.command import DONE, Command, WrongUsage
from cli.frame.output import as_json, say


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--url", default="http://127.0.0.1:8090", help="address of the API")
    parser.add_argument("--email", help="asked for when absent")
    parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    parser.add_argument("--forget", action="store_true", help="remove what was kept")
    parser.add_argument("--json", action="store_true", help="print as JSON")


def run(given: Namespace) -> int:
    path = login_file()
    if given.forget:
        path.unlink(missing_ok=True)
        say(f"{path} is gone")
        return DONE
    if not given.url.startswith(("http://", "https://")):
        raise WrongUsage(f"{given.url} is no address: https://HOST")
    email = given.email or input("e-mail: ")
    password = sys.stdin.readline().rstrip("\n") if given.password_stdin else getpass.getpass("password: ")
    url = given.url.rstrip("/")
    keep(Login(url=url, token=new_token(url, email, password, name="gregor login")), path)
    if given.json:
        as_json({"url": url, "file": str(path)})
    else:
        say(f"signed in to {url}; the token is in {path}")
    return DONE


COMMAND = Command(
    summary="sign in to an API and keep a token for the other commands",
    details="GREGOR_URL and GREGOR_TOKEN come first where they are set.",
    example="gregor login --url https://gregor.example.org --email ana@example.org",
    arguments=arguments,
    run=run,
)
