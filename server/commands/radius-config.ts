import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { UserError } from '#kit/errors.ts';
import { writeRaddb } from '../modules/radius/index.ts';
import { type DataOption, type Process, withKit } from './context.ts';

interface Options extends DataOption {
  readonly out: string;
  readonly port?: string;
  readonly interim: string;
  readonly messageAuthenticator: string;
  readonly testFrom: string;
}

/** Writes a raddb for FreeRADIUS, and tells how to start it. */
export async function radiusConfig(process: Process, options: Options): Promise<void> {
  const { terminal } = process;
  const testFrom = options.testFrom.split(',').map((address) => address.trim());
  const wrong = testFrom.find((address) => isIP(address) === 0);
  if (wrong !== undefined) throw new UserError(`--test-from ${wrong} is not an IP address.`);
  const folder = resolve(process.cwd, options.out);
  if (!/^[\w./@+=-]+$/.test(folder)) {
    throw new UserError(`FreeRADIUS cannot work in ${folder}. Choose a folder without spaces and signs.`);
  }
  const input = {
    folder,
    port: options.port === undefined ? undefined : whole('--port', options.port, 1, 65_534),
    interimSeconds: whole('--interim', options.interim, 60, 600),
    requireMessageAuthenticator: options.messageAuthenticator === 'required',
    testFrom,
  };
  const report = await withKit(process, options, 'radius:config', (kit) => writeRaddb(kit, input));
  for (const remark of report.remarks) terminal.note(remark);
  terminal.print(
    `Wrote ${folder} for ${report.routers.length} router(s): ${report.routers.join(', ') || 'none has a radius_secret yet'}`,
  );
  terminal.print(`Check it:  freeradius -C -d ${folder}`);
  terminal.print(
    `Start it:  freeradius -f -d ${folder}     (ports ${report.port} and ${report.accountingPort}, UDP)`,
  );
  if (report.uid !== undefined) {
    terminal.print(`Start it as the user with uid ${report.uid}: the built-in database lets in nobody else.`);
  }
  terminal.print('Run this again, and restart FreeRADIUS, after routers or their secrets changed.');
}

function whole(name: string, text: string, from: number, to: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < from || value > to) {
    throw new UserError(`${name} ${text} is not a whole number from ${from} to ${to}.`);
  }
  return value;
}
