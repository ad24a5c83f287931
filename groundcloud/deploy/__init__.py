"""Deploys SAM and CloudFormation templates: the same code on every profile.

The stages, one module each, in order; what one hands to the next is frozen data:

1. `template`   text on disk → `Template` (plain data, source folder); bad YAML is a `UserError` with line and column
2. `package`    `Template` → `Packaged`: local folders become S3 addresses named by their content, and a list of the
                `Artifact`s to be there; nothing is built, zipped or sent yet
3. `changeset`  `Packaged` + the stack as it is → unchanged, or a `Plan` that CloudFormation worked out
4. `execute`    `Plan` → the stack's events, then its final state; a failure is told and cleaned up
5. `publish`    the site's folder and its `config.json` → the bucket
6. `sources`    where the functions' code lives → the cloud's hot reload (local profiles only)
7. `outputs`    the stack's outputs → addresses a person can open; without any, `addresses` of what it made

`deployer` runs them, `destroy` undoes them, `doors` is the one place that talks to AWS.

The rule: a stage decides from data or does what was decided, never both, so a plan can be shown and dropped.
The cost: one more value between two stages for each thing that a later one needs to know.
"""
