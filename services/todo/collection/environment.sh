#!/usr/bin/env bash
# Writes the environment of the collection, from the outputs of the stack and the credentials in use:
#
#     ./environment.sh [STACK] > todo.postman_environment.json
#
# On AWS give the keys in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; on Groundcloud the line
# that `make up` prints at its end is enough. The file holds the keys: do not commit it.

set -euo pipefail

export STACK="${1:-todo}" AWS_DEFAULT_REGION="${AWS_DEFAULT_REGION:-us-east-1}" AWS_PAGER=""
: "${AWS_ACCESS_KEY_ID:?}" "${AWS_SECRET_ACCESS_KEY:?}"

aws cloudformation describe-stacks --stack-name "$STACK" --query 'Stacks[0].Outputs' --output json | python3 -c '
import json, os, re, sys

region, local = os.environ["AWS_DEFAULT_REGION"], os.environ.get("AWS_ENDPOINT_URL")
values = {output["OutputKey"]: output["OutputValue"] for output in json.load(sys.stdin)}
if local:
    port = local.rstrip("/").rpartition(":")[2]
    at_home = rf"http://\1.lambda-url.localhost:{port}/"
    values = {name: re.sub(r"https://(\w+)\.lambda-url\..*", at_home, value) for name, value in values.items()}
values |= {
    "accessKey": os.environ["AWS_ACCESS_KEY_ID"],
    "secretKey": os.environ["AWS_SECRET_ACCESS_KEY"],
    "sessionToken": os.environ.get("AWS_SESSION_TOKEN", ""),
    "region": region,
    "endpoint": (local or f"https://lambda.{region}.amazonaws.com").rstrip("/"),
}
variables = [{"key": name, "value": value, "enabled": True} for name, value in values.items()]
stack = os.environ["STACK"]
json.dump({"name": f"Todo ({stack})", "values": variables}, sys.stdout, indent=2)
print()
'
