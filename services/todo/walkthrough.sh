#!/usr/bin/env bash
# The to-do list by hand: a role, a table, a function, an alarm, made with the aws CLI one after the other, used,
# broken on purpose, watched until the alarm goes off, and removed.
#
# On AWS:              ./walkthrough.sh
# On Groundcloud:      AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test ./walkthrough.sh
#
# The script is the same both times. It needs the aws CLI (version 1 or 2), zip or python3, and a region. What it makes
# has a name of its own, NAME below; what it made is removed at the end, also when a step fails. On AWS it costs less
# than a cent and takes up to five minutes, because CloudWatch looks at an alarm once a minute.

set -euo pipefail

cd "$(dirname "$0")"
export AWS_DEFAULT_REGION="${AWS_DEFAULT_REGION:-us-east-1}" AWS_PAGER=""

NAME="${NAME:-todo-walkthrough-$RANDOM}"
RUNTIME="${RUNTIME:-nodejs24.x}"
LOG_GROUP="/aws/lambda/$NAME"
SCRATCH="$(mktemp -d)"

step() { printf '\n== %s\n' "$*"; }

cleanup() {
  step "Remove everything"
  aws cloudwatch delete-alarms --alarm-names "$NAME" || true
  aws lambda delete-function --function-name "$NAME" || true
  aws logs delete-log-group --log-group-name "$LOG_GROUP" || true
  aws dynamodb delete-table --table-name "$NAME" > /dev/null || true
  aws iam delete-role-policy --role-name "$NAME" --policy-name todo || true
  aws iam delete-role --role-name "$NAME" || true
  rm -rf "$SCRATCH"
}

# Until the command prints the wanted word. Seconds, word, command.
wait_until() {
  local deadline=$((SECONDS + $1)) wanted="$2" found=""
  shift 2
  while found="$("$@")" && [ "$found" != "$wanted" ]; do
    if [ "$SECONDS" -ge "$deadline" ]; then
      echo "Still $found, not $wanted: $*" >&2
      return 1
    fi
    sleep 1
  done
  echo "$found"
}

invoke() { # payload → the answer; what kind of error it was, if any, goes to the terminal
  local error
  error="$(aws lambda invoke --function-name "$NAME" $BINARY --payload "$1" \
    --query FunctionError --output text "$SCRATCH/answer.json")"
  [ "$error" = None ] || echo "FunctionError: $error" >&2
  cat "$SCRATCH/answer.json"
  echo
}

# Version 2 of the CLI takes payloads as base64 unless told otherwise; version 1 knows no such option.
BINARY=""
case "$(aws --version 2>&1)" in aws-cli/2*) BINARY="--cli-binary-format raw-in-base64-out" ;; esac

trap cleanup EXIT

step "Who am I"
ACCOUNT="$(aws sts get-caller-identity --query Account --output text)"
echo "Account $ACCOUNT, region $AWS_DEFAULT_REGION, everything is called $NAME"

step "A table"
aws dynamodb create-table --table-name "$NAME" --billing-mode PAY_PER_REQUEST \
  --attribute-definitions AttributeName=list,AttributeType=S AttributeName=id,AttributeType=S \
  --key-schema AttributeName=list,KeyType=HASH AttributeName=id,KeyType=RANGE \
  --query TableDescription.TableArn --output text | tee "$SCRATCH/table"
aws dynamodb wait table-exists --table-name "$NAME"
TABLE_ARN="$(cat "$SCRATCH/table")"

step "A log group, so that the filter below has one to sit on"
aws logs create-log-group --log-group-name "$LOG_GROUP"
aws logs put-retention-policy --log-group-name "$LOG_GROUP" --retention-in-days 1

step "A role that Lambda may take on, and that may do two things: put to-dos, write this log"
cat > "$SCRATCH/trust.json" << JSON
{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
JSON
cat > "$SCRATCH/policy.json" << JSON
{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": "$TABLE_ARN"},
  {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
   "Resource": "arn:aws:logs:$AWS_DEFAULT_REGION:$ACCOUNT:log-group:$LOG_GROUP:*"}]}
JSON
ROLE_ARN="$(aws iam create-role --role-name "$NAME" --assume-role-policy-document "file://$SCRATCH/trust.json" \
  --query Role.Arn --output text)"
aws iam put-role-policy --role-name "$NAME" --policy-name todo --policy-document "file://$SCRATCH/policy.json"
echo "$ROLE_ARN"

step "A function: the folder as a zip, no dependency in it, the runtime brings the SDK"
if command -v zip > /dev/null; then
  (cd functions && zip -q -X "$SCRATCH/function.zip" ./*.mjs)
else
  (cd functions && python3 -m zipfile -c "$SCRATCH/function.zip" ./*.mjs)
fi
# A new role is known everywhere after some seconds only; until then Lambda says that it cannot be assumed.
for attempt in 1 2 3 4 5 6 7 8 9 10; do
  if aws lambda create-function --function-name "$NAME" --runtime "$RUNTIME" --role "$ROLE_ARN" \
    --handler create-todo.handler --zip-file "fileb://$SCRATCH/function.zip" --timeout 10 --memory-size 256 \
    --environment "Variables={TABLE_NAME=$NAME}" \
    --query FunctionArn --output text 2> "$SCRATCH/refused"; then
    break
  fi
  if [ "$attempt" = 10 ] || ! grep -q "cannot be assumed" "$SCRATCH/refused"; then
    cat "$SCRATCH/refused" >&2
    exit 1
  fi
  sleep 2
done
aws lambda wait function-active-v2 --function-name "$NAME"

step "Call it"
invoke '{"title": "Buy milk", "due": "2026-12-01"}' | tee "$SCRATCH/created"
grep -q '"title":"Buy milk"' "$SCRATCH/created"

step "Read what it stored"
aws dynamodb scan --table-name "$NAME" --query 'Items[].[list.S, title.S]' --output text | tee "$SCRATCH/stored"
grep -q "Buy milk" "$SCRATCH/stored"

step "Read what it logged"
wait_until 60 REPORT sh -c "aws logs filter-log-events --log-group-name '$LOG_GROUP' --filter-pattern REPORT \
  --query 'events[-1].message' --output text | cut -c1-6"

step "Count errors in the log, and set an alarm on the count"
aws logs put-metric-filter --log-group-name "$LOG_GROUP" --filter-name errors \
  --filter-pattern "ERROR -ValidationError -NotFoundError" \
  --metric-transformations "metricName=Errors,metricNamespace=$NAME,metricValue=1,defaultValue=0"
aws cloudwatch put-metric-alarm --alarm-name "$NAME" --alarm-description "The to-do list failed within the last minute" \
  --namespace "$NAME" --metric-name Errors --statistic Sum --period 60 --evaluation-periods 1 \
  --threshold 1 --comparison-operator GreaterThanOrEqualToThreshold --treat-missing-data notBreaching
STATE=(aws cloudwatch describe-alarms --alarm-names "$NAME" --query 'MetricAlarms[0].StateValue' --output text)
wait_until 180 OK "${STATE[@]}"

step "A caller's mistake is an error to the caller, and none to the alarm"
invoke '{"title": ""}' | tee "$SCRATCH/refused"
grep -q ValidationError "$SCRATCH/refused"

step "A fault of ours: the table's name is wrong, the role may not write there, and the call fails"
aws lambda update-function-configuration --function-name "$NAME" --environment "Variables={TABLE_NAME=$NAME-gone}" \
  --query LastUpdateStatus --output text
aws lambda wait function-updated-v2 --function-name "$NAME"
"${STATE[@]}" | grep -q OK
invoke '{"title": "Never stored"}' | tee "$SCRATCH/failed"
grep -q errorType "$SCRATCH/failed"

step "The log line moves the metric, the metric moves the alarm"
wait_until 300 ALARM "${STATE[@]}"
aws cloudwatch describe-alarms --alarm-names "$NAME" --query 'MetricAlarms[0].StateReason' --output text

step "Done"
