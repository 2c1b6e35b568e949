/** The version of this agent, and the Node that it is made for. */

export const version = '0.1.0';

/** better-sqlite3 and the addons are built for this line of Node; others crash in them instead of saying so. */
const nodeMajor = 24;

/** Why this Node cannot run the agent; `undefined` where it can. */
export function unfitNode(nodeVersion: string): string | undefined {
  if (Number(nodeVersion.split('.')[0]) === nodeMajor) return undefined;
  return `cannot run on Node ${nodeVersion}: Holdfast needs Node ${nodeMajor}; use the one that npm ci installs (node_modules/.bin/node)`;
}
