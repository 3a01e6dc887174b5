import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Chain, type ChainNode } from '../src/presence/chain.ts';

class Node implements ChainNode<Node> {
  earlier: Node | undefined = undefined;
  later: Node | undefined = undefined;
}

function nodesOf(chain: Chain<Node>): Node[] {
  const nodes: Node[] = [];
  for (let node = chain.first; node !== undefined; node = node.later) nodes.push(node);
  return nodes;
}

function nodesFromBehind(chain: Chain<Node>): Node[] {
  const nodes: Node[] = [];
  for (let node = chain.last; node !== undefined; node = node.earlier) nodes.push(node);
  return nodes;
}

describe('a chain', () => {
  test('holds its nodes as an array would, from either end', () => {
    const steps = fc.array(fc.record({ at: fc.nat(5), behind: fc.nat(6), move: fc.boolean() }));
    fc.assert(
      fc.property(steps, (steps) => {
        const all = Array.from({ length: 6 }, () => new Node());
        const chain = new Chain<Node>();
        let naive: Node[] = [];
        for (const { at, behind, move } of steps) {
          const node = all[at]!;
          const held = naive.includes(node);
          naive = naive.filter((other) => other !== node);
          if (held && move) {
            chain.moveToEnd(node);
            naive.push(node);
          } else if (held) {
            chain.remove(node);
          } else if (move) {
            chain.append(node);
            naive.push(node);
          } else {
            const index = Math.min(behind, naive.length);
            chain.insert(node, naive[index - 1]);
            naive.splice(index, 0, node);
          }
          expect(nodesOf(chain)).toEqual(naive);
          expect(nodesFromBehind(chain)).toEqual(naive.toReversed());
          expect(chain.size).toBe(naive.length);
        }
      }),
    );
  });
});
