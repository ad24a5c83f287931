"""LocalStack's functions run in our runtime: its executor hands every invocation to the cloud.

LocalStack keeps the control plane (configurations, versions, event sources, retries of asynchronous calls); no
container and no process is started here, and no log is written, because the cloud writes the function's log itself.
"""

from __future__ import annotations

import logging

from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import LambdaRuntimeException, RuntimeExecutor

from groundcloud_localstack.errors import CloudError
from groundcloud_localstack.process import the_cloud

NAME = "groundcloud"
_WITHOUT_LOGS = "Received no logs from invocation"


class GroundcloudExecutor(RuntimeExecutor):
    """One environment as LocalStack counts them. It has nothing of its own: the cloud keeps the environments."""

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        """The cloud fetches the code at the first call."""

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """The cloud ends the environments of a function that is gone."""

    @classmethod
    def validate_environment(cls) -> bool:
        return True

    def start(self, env_vars: dict[str, str]) -> None:
        """The cloud starts an environment when it has none to spare."""

    def stop(self) -> None:
        """The cloud reaps what is idle."""

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        """Run the function. Raises `LambdaRuntimeException` when the cloud does not answer or refuses."""
        request_id = payload["invoke-id"]
        version = self.function_version.id
        try:
            outcome = the_cloud().invoke(
                payload["invoked-function-arn"], version.qualifier, request_id, payload["payload"].encode()
            )
        except CloudError as error:
            raise LambdaRuntimeException(str(error)) from error
        return InvocationResult(request_id, outcome.payload, outcome.error is not None, "", version.qualifier)

    def get_logs(self) -> str:
        return "The log is in CloudWatch Logs: the cloud writes it."

    def get_address(self) -> str:
        return the_cloud().address.url

    def get_endpoint_from_executor(self) -> str:
        return the_cloud().address.url

    def get_runtime_endpoint(self) -> str:
        return the_cloud().address.url


class GroundcloudExecutorPlugin(RuntimeExecutorPlugin):
    """Chosen by LAMBDA_RUNTIME_EXECUTOR=groundcloud."""

    name = NAME

    def load(self, *args: object, **kwargs: object) -> type[RuntimeExecutor]:
        # LocalStack warns of every invocation that brings no log for it to write.
        writer = logging.getLogger("localstack.services.lambda_.invocation.version_manager")
        writer.addFilter(lambda record: not str(record.msg).startswith(_WITHOUT_LOGS))
        return GroundcloudExecutor
