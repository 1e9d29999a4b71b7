import { AgentError, type Said } from '../errors.ts';
import { inboxOf, mark, type Shown } from '../notices/inbox.ts';
import { channelsOf, tryChannels } from '../notices/send-notices.ts';
import { type AddCommand, type Common, type Finish, looking, type Process, type Result } from './context.ts';
import { wholeNumber } from './whole-number.ts';

/** What the agent has to say to people: in the installation itself, and by the channels of `notices` in agent.json. */
export function addNotices(add: AddCommand, process: Process, finish: Finish): void {
  add('notices:list', 'List what the agent has to tell, and how each channel stands')
    .option('--all', 'also what was read')
    .option('--last <count>', 'so many of them', '20')
    .action((options: Common & { readonly all?: boolean; readonly last: string }) =>
      finish(options, () =>
        list(process, options, options.all === true, wholeNumber('--last', options.last)),
      ),
    );
  for (const [name, what, summary] of marks)
    add(`notices:${name} <id>`, summary).action((id: string, options: Common) =>
      finish(options, () =>
        looking(process, options, ({ db, clock }) => {
          const count = mark(db, clock, what, id === 'all' ? undefined : wholeNumber('ID', id));
          return {
            lines: [{ en: `Done: ${count}.`, id: `Selesai: ${count}.` }],
            json: { status: what, count },
          };
        }),
      ),
    );
  add('notices:test', 'Send one by every channel of agent.json, and tell whether it was taken').action(
    (options: Common) => finish(options, () => testAll(process, options)),
  );
}

const marks = [
  ['read', 'read', 'Mark a notice as read, or "all": what is read is sent to nobody any more'],
  ['dismiss', 'dismissed', 'Take a notice off the list, or "all"'],
] as const;

function list(process: Process, options: Common, all: boolean, last: number): Promise<Result> {
  return looking(process, options, ({ db, clock, config: { notices } }) => {
    const rows = inboxOf(db, all, last);
    const channels = channelsOf({ db, clock, notices });
    return {
      lines: [
        ...(rows.length === 0 ? [nothing] : rows.map(lineOf)),
        ...channels.map(({ channel, waiting, fault }) => ({
          en: `${channel}: ${waiting} waiting${fault === null ? '' : `, the last try failed: ${fault}`}`,
          id: `${channel}: ${waiting} menunggu${fault === null ? '' : `, percobaan terakhir gagal: ${fault}`}`,
        })),
      ],
      json: { data: rows, channels },
    };
  });
}

const nothing: Said = { en: 'There is nothing new.', id: 'Tidak ada yang baru.' };

function lineOf({ id, created_at: at, is_read: isRead, message }: Shown): Said {
  const line = `#${id}  ${at}${isRead ? '' : '  *'}  ${message.replaceAll('\n', '\n    ')}`;
  return { en: line, id: line };
}

function testAll(process: Process, options: Common): Promise<Result> {
  return looking(process, options, async ({ db, clock, config: { notices }, signal }) => {
    const tried = await tryChannels({ db, clock, notices, signal });
    if (tried.length === 0)
      throw new AgentError('no_channel', {
        en: 'No channel is set up: put "notices" with email, slack or webhook into agent.json.',
        id: 'Belum ada saluran: isi "notices" dengan email, slack, atau webhook di agent.json.',
      });
    return {
      lines: tried.map(({ channel, fault }) => ({
        en: `${channel}: ${fault === null ? 'taken' : `failed: ${fault}`}`,
        id: `${channel}: ${fault === null ? 'diterima' : `gagal: ${fault}`}`,
      })),
      json: { data: tried },
      code: tried.every(({ fault }) => fault === null) ? 0 : 1,
    };
  });
}
