"""CloudFormation's quotas and reserved words that this part checks, each with its source."""

from __future__ import annotations

TEMPLATE_BODY_BYTES = 51_200
"""An inline `TemplateBody`:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""

TEMPLATE_OBJECT_BYTES = 1_000_000
"""A template behind a `TemplateURL`, same page (1 MB)."""

STACK_RESOURCES = 500
"""Resources of one template, same page. The engine counts the parts of an API's definition too."""

LOOP_DEPTH = 5
"""AWS, Fn::ForEach: loops in loops."""

NESTED_DEPTH = 10
"""Levels of nested stacks. AWS names no limit; a template that nests itself has to end."""

READY_SECONDS = 180.0
"""Ours: how long a stack waits for the provisioned concurrency of an alias or version: its start may take 130 s."""

SETTLE_SECONDS = 20.0
"""Ours: the same at the end of an operation, where the stack did not wait before."""

FUNCTION_MEMORY_MB = 10_240
"""The most memory of a function: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

FUNCTION_SECONDS = 900
"""The longest timeout of a function, same page."""

EPHEMERAL_STORAGE_MB = 10_240
"""The largest /tmp of a function, same page."""

UNRESERVED_EXECUTIONS = 100
"""Of the account's concurrent executions, what reserved concurrency leaves to all functions:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""

UNBATCHED_MESSAGES = 10
"""The most messages of a queue in one batch for which Lambda need not wait:
https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html (BatchSize)"""

LAYERS = 5
"""Layers of a function: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

FUNCTION_NAME_CHARACTERS = 64
"""The longest name of a function: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"""

ENVIRONMENT_BYTES = 4096
"""All environment variables of a function together:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

RESERVED_ENVIRONMENT = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
    }
)
"""Variables that a function's configuration may not set:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime"""

STREAM_BATCH = 100
"""Records of a stream in a batch, unless the mapping says otherwise.
https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html"""

FUNCTION_TAGS = 50
"""Tags of a function, a mapping: https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html"""

RECORD_SECONDS = 60
"""The least age after which records of a stream may be given up:
https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html (MaximumRecordAgeInSeconds)"""
