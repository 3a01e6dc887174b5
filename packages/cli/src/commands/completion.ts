import type { Command } from '../command.ts';
import { bashCompletion } from '../completion/bash.ts';
import { fishCompletion } from '../completion/fish.ts';
import { zshCompletion } from '../completion/zsh.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

const SHELLS: Readonly<Record<string, (commands: readonly Command[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** `commands` are all there are, this one included. */
export function completion(commands: () => readonly Command[]): Command {
  return {
    name: 'completion',
    topic: 'the shell',
    operands: ['SHELL'],
    words: Object.keys(SHELLS),
    summary: 'let the shell complete commands and options',
    details:
      'Prints what SHELL, which is bash, zsh or fish, has to know to complete the commands, the options and their values.',
    examples: [
      'mailslot completion bash > ~/.local/share/bash-completion/completions/mailslot',
      'mailslot completion zsh >> ~/.zshrc',
      'mailslot completion fish > ~/.config/fish/completions/mailslot.fish',
    ],
    options: [],
    lasting: false,
    async run({ operands, output }: Session): Promise<void> {
      const [shell = ''] = operands;
      const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
      if (script !== undefined) return output.write(script(commands()));
      throw new UsageError(
        `There is completion for bash, zsh and fish, not for ${JSON.stringify(shell)}.`,
      );
    },
  };
}
