"""What Lambda refuses and the engine takes."""

from groundcloud.edge.lambdarules.rules import LambdaRules

__all__ = ["LambdaRules"]
