/** The program, from its command line to its exit status. */

import { MailslotError } from '@mailslot/core';

import { parseCommandLine, type Request } from './command-line.ts';
import { COMMANDS } from './commands.ts';
import type { Environment } from './environment.ts';
import { Failure } from './failure.ts';
import { commandHelp, programHelp, startPage } from './help.ts';
import { Output } from './output.ts';
import { Session } from './session.ts';
import { UsageError } from './usage-error.ts';
import { version } from './version.ts';

/** 0 done, 1 failed, 2 wrong use. */
export type ExitStatus = 0 | 1 | 2;

/**
 * Runs the program once. Resolves when everything is closed again, and nothing keeps the process alive then. Rejects
 * only for faults of the program itself.
 */
export async function run(environment: Environment): Promise<ExitStatus> {
  const output = new Output(environment);
  try {
    await perform(parseCommandLine(environment.argv, COMMANDS), environment, output);
    await output.flush();
    if (output.failure !== undefined) throw output.failure;
    return 0;
  } catch (error) {
    return explain(error, output);
  }
}

async function perform(request: Request, environment: Environment, output: Output): Promise<void> {
  const page = { paint: output.paint, columns: environment.stdout.columns };
  switch (request.kind) {
    case 'start':
      return output.write(startPage(COMMANDS, page));
    case 'version':
      return output.write(version());
    case 'help': {
      const { command } = request;
      return output.write(
        command === undefined ? programHelp(COMMANDS, page) : commandHelp(command, page),
      );
    }
    case 'run': {
      const session = new Session({ ...request, environment, output });
      try {
        await request.command.run(session);
      } catch (error) {
        // What lasts until it is ended has not failed if that happens early.
        if (!request.command.lasting || !session.signal.aborted || !isAborted(error)) throw error;
      }
    }
  }
}

/** Says what went wrong, in a sentence. */
function explain(error: unknown, output: Output): ExitStatus {
  if (error instanceof UsageError) {
    output.complain(error.message);
    output.note('To see how to use it: mailslot --help');
    return 2;
  }
  if (error instanceof Failure) {
    output.complain(error.message);
    return 1;
  }
  if (error instanceof MailslotError) {
    output.complain(`${error.message} (${error.code})`);
    return 1;
  }
  // What the operating system refuses is no fault of the program: a full disk, an input that is a directory.
  if (error instanceof Error && 'syscall' in error) {
    output.complain(error.message);
    return 1;
  }
  throw error;
}

function isAborted(error: unknown): boolean {
  return error instanceof MailslotError && error.code === 'ERROR_OPERATION_ABORTED';
}
