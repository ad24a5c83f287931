"""Every number of the identity pools.

https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html ("Code validity" and "Token validity"),
https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetOpenIdTokenForDeveloperIdentity.html
"""

CREDENTIALS_SECONDS = 3600
OPENID_TOKEN_SECONDS = 600

DEVELOPER_TOKEN_SECONDS = 900
MAX_DEVELOPER_TOKEN_SECONDS = 86_400

MAX_LOGINS = 10
MAX_ROLE_MAPPINGS = 10
MAX_RULES = 25
MAX_LISTED = 60
MAX_DELETED = 60

SIGNING_KEY_BITS = 2048
