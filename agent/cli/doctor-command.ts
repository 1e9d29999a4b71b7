import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { manifestsBelow } from '../backups/manifest.ts';
import { AgentError, type Said } from '../errors.ts';
import { ofTheMachine } from '../machine-faults.ts';
import { sourceOf } from '../sources/source-of.ts';
import { readJournal } from '../transaction/journal.ts';
import { checkLayout } from '../update/checks.ts';
import { currentVersion } from '../update/version-file.ts';
import { type AddCommand, type Common, type Finish, looking, type Opened, type Process } from './context.ts';

interface Finding {
  readonly name: string;
  readonly fault: Said | undefined;
}

/** Looks whether an update would find what it needs; ends with 1 where it would not. */
export function addDoctor(add: AddCommand, process: Process, finish: Finish): void {
  add('agent:doctor', 'Look whether everything is there that an update needs').action((options: Common) =>
    finish(options, () =>
      looking(process, options, async (opened) => {
        const findings: Finding[] = [];
        for (const [name, look] of Object.entries(looks)) findings.push(await found(name, look, opened));
        return {
          lines: findings.map(({ name, fault }) => ({
            en: `${fault === undefined ? 'ok   ' : 'FAULT'} ${name}${fault === undefined ? '' : `: ${fault.en}`}`,
            id: `${fault === undefined ? 'baik ' : 'SALAH'} ${name}${fault === undefined ? '' : `: ${fault.id}`}`,
          })),
          json: {
            data: findings.map(({ name, fault }) => ({
              name,
              ok: fault === undefined,
              fault: fault?.en ?? null,
            })),
          },
          code: findings.every(({ fault }) => fault === undefined) ? 0 : 1,
        };
      }),
    ),
  );
}

async function found(name: string, look: (opened: Opened) => unknown, opened: Opened): Promise<Finding> {
  try {
    await look(opened);
    return { name, fault: undefined };
  } catch (thrown) {
    const error = thrown instanceof AgentError ? thrown : ofTheMachine(thrown);
    if (error === undefined) throw thrown;
    return { name, fault: error.said };
  }
}

const looks: Readonly<Record<string, (opened: Opened) => unknown>> = {
  version: ({ config }) => currentVersion(config.installation),
  write: ({ config }) => accessSync(config.installation.root, constants.W_OK),
  stages({ config: { stages, installation } }) {
    mkdirSync(stages, { recursive: true, mode: 0o700 });
    if (statSync(stages).dev !== statSync(installation.root).dev)
      throw new AgentError('other_disk', {
        en: `${stages} lies on another file system than ${installation.root}, so files cannot be moved at once. Set "stages" in agent.json to a folder on the same one.`,
        id: `${stages} berada di sistem berkas lain dari ${installation.root}, jadi berkas tidak dapat dipindahkan seketika. Isi "stages" di agent.json dengan folder di sistem berkas yang sama.`,
      });
  },
  journal({ db }) {
    if (readJournal(db) !== undefined)
      throw new AgentError('half_done', {
        en: 'An update is under way, or was left half done. The next command that changes something finishes or undoes it.',
        id: 'Ada pembaruan yang sedang berjalan atau tertinggal setengah jalan. Perintah berikutnya yang mengubah sesuatu akan menyelesaikan atau membatalkannya.',
      });
  },
  commands({ config: { installation } }) {
    const { afterUpdate, ...others } = installation.hooks;
    for (const hook of [...Object.values(others), ...afterUpdate]) {
      const [program = ''] = hook.command;
      if (program.startsWith('/') && !existsSync(program))
        throw new AgentError('no_program', {
          en: `There is no ${program}, which a hook runs.`,
          id: `Tidak ada ${program}, yang dijalankan oleh sebuah hook.`,
        });
    }
  },
  layout: ({ config: { installation } }) => checkLayout(installation),
  async databases({ config: { installation }, signal }) {
    for (const database of installation.databases) await database.size(signal);
  },
  async backups({ config: { installation } }) {
    for await (const _ of installation.backups.vault.names(manifestsBelow)) break;
  },
  source: (opened) => sourceOf(opened).check(currentVersion(opened.config.installation), opened.signal),
};
