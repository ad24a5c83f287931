// The one door to DynamoDB: five calls, each the only one that its function's role allows.
//
// Lambda's Node.js runtimes bring the AWS SDK for JavaScript v3, so there is nothing to install and nothing to zip.
// The client is made once, when the environment starts, and used by every call after that.

import { ConditionalCheckFailedException, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";

const client = DynamoDBDocumentClient.from(new DynamoDBClient({}), {
  marshallOptions: { removeUndefinedValues: true },
});
const TableName = process.env.TABLE_NAME;

// Writes to a to-do that is not there are refused by DynamoDB itself: reading first would need a second permission and
// leave a gap between the two.
const EXISTS = "attribute_exists(id)";

export const table = {
  async put(item) {
    await client.send(new PutCommand({ TableName, Item: item }));
  },

  /** The item, or undefined. */
  async get(key) {
    return (await client.send(new GetCommand({ TableName, Key: key }))).Item;
  },

  /** `{items, last}`: newest first; `last` is the id to go on after, undefined at the end. */
  async query(list, { limit, after }) {
    const page = await client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: "#list = :list",
        ExpressionAttributeNames: { "#list": "list" },
        ExpressionAttributeValues: { ":list": list },
        ScanIndexForward: false,
        Limit: limit,
        ExclusiveStartKey: after && { list, id: after },
      }),
    );
    return { items: page.Items, last: page.LastEvaluatedKey?.id };
  },

  /** The item after `changes`, or undefined when there is none. A change to null removes the attribute. */
  async update(key, changes) {
    const names = Object.keys(changes);
    const set = names.filter((name) => changes[name] !== null).map((name) => `#${name} = :${name}`);
    const remove = names.filter((name) => changes[name] === null).map((name) => `#${name}`);
    const expression = [set.length && `SET ${set.join(", ")}`, remove.length && `REMOVE ${remove.join(", ")}`];
    return attributesOf(
      new UpdateCommand({
        TableName,
        Key: key,
        ConditionExpression: EXISTS,
        UpdateExpression: expression.filter(Boolean).join(" "),
        ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
        ExpressionAttributeValues: Object.fromEntries(
          names.filter((name) => changes[name] !== null).map((name) => [`:${name}`, changes[name]]),
        ),
        ReturnValues: "ALL_NEW",
      }),
    );
  },

  /** The item that was deleted, or undefined when there was none. */
  async delete(key) {
    return attributesOf(
      new DeleteCommand({ TableName, Key: key, ConditionExpression: EXISTS, ReturnValues: "ALL_OLD" }),
    );
  },
};

async function attributesOf(command) {
  try {
    return (await client.send(command)).Attributes;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}
