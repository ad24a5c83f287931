"""Function URLs: HTTP in front of one function.

https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

from groundcloud.runtime.urls.service import FunctionUrls

__all__ = ["FunctionUrls"]
