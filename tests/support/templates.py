"""Templates that several tests deploy."""

from __future__ import annotations

NOTES = """
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Notes:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
Outputs:
  Table: {Value: !Ref Notes}
"""
"""One table; its name is the output ``Table``."""
