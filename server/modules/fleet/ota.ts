import { ota } from '#contract';
import { instantText } from '#kit/clock.ts';
import { AppError, type Language } from '#kit/errors.ts';
import { gathered } from '#kit/gathered.ts';
import type { Call } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { type Handlers, type Route, routes } from '#kit/module.ts';
import { identifier } from './callers.ts';
import { askingOf, checkIn, type Standing } from './check-in.ts';
import { noteTold, type Told } from './check-in-queries.ts';
import { downloader } from './download.ts';
import type { Caller, FleetHooks, Patch } from './hooks.ts';
import { knownPatches } from './known-patches.ts';
import { chooseOffer, type Offer } from './offers.ts';
import {
  disabled,
  heartbeatAnswer,
  reportReceived,
  sayRefusal,
  suspended,
  updateAvailable,
  upToDate,
} from './ota-answers.ts';
import { Reader, readBody } from './ota-input.ts';
import { noteReports, type Reported } from './report-queries.ts';
import type { Version } from './version.ts';

/** Written together at most. */
const most = 500;

/** The wire of spec 1 §8. */
export function otaRoutes(kit: Kit, hooks: FleetHooks): readonly Route[] {
  const identify = identifier(kit, hooks);
  const note = checkIn(kit, hooks);
  const patchFor = knownPatches(kit, hooks.patchFor);
  const download = downloader(kit, hooks, patchFor, 'zip');
  const downloadDelta = downloader(kit, hooks, knownPatches(kit, hooks.deltaFor), 'delta');
  const at = () => instantText(kit.clock.now());
  const tell = gathered<Told>(most, (told) => noteTold(kit.db, newest(told), at()));
  const report = gathered<Reported>(most, (reported) => noteReports(kit.db, reported, at()));

  const standingOf = async (caller: Caller, version: Version, info?: Readonly<Record<string, unknown>>) => {
    const standing = await note({ caller, version, ...(info === undefined ? {} : { info }) });
    // It was removed since it was looked up.
    if (standing === undefined) throw new AppError('unauthenticated');
    return standing;
  };

  const downloadingCaller = (call: Call) => {
    const agentCode = headerOf(call, 'x-agent-code');
    const key = headerOf(call, 'x-license-key');
    if (agentCode === '' || key === '') throw new AppError('unauthenticated');
    return identify(agentCode, key, call.ip);
  };

  const handlers: Handlers<typeof ota> = {
    async checkOta({ body }, call) {
      const reader = readerOf(body, call);
      const { agentCode, key } = reader.credentials();
      const version = reader.version('current_version');
      reader.done();
      const caller = await identify(agentCode, key, call.ip);
      const standing = await standingOf(caller, version);
      const told = toldOf(standing, call.language);
      const { seen } = standing;
      if (isDisabled(caller, standing)) throw disabled(told);
      if (seen.suspended) return suspended(told);
      const offer = offerOf(caller, version, standing);
      const patch = offer && (await patchFor(version.text, offer.release.version));
      if (offer === undefined || patch === undefined)
        return caller.status === 'active' ? upToDate(told) : suspended(told);
      if (differs(standing, version, offer, patch))
        await tell({
          id: seen.id,
          version: offer.release.version,
          from: version.text,
          hash: patch.hash,
          rollout_id: offer.isRollback ? null : (offer.rolloutId ?? null),
        });
      const downloadUrl = `${kit.config.appUrl}/ota/download/${offer.release.version}`;
      return updateAvailable({ ...told, offer, patch, current: version.text, downloadUrl });
    },

    async downloadOta({ params }, call) {
      const caller = await downloadingCaller(call);
      return download(caller, params.version, call.headers);
    },

    async downloadOtaDelta({ params }, call) {
      const caller = await downloadingCaller(call);
      return downloadDelta(caller, params.version, call.headers);
    },

    async reportOta({ body }, call) {
      const reader = readerOf(body, call);
      const { agentCode, key } = reader.credentials();
      const version = reader.version('version');
      const status = reader.status();
      const error = status === 'failed' ? reader.error() : null;
      reader.done();
      const { installationId: id } = await identify(agentCode, key, call.ip);
      await report({ id, version: version.text, status, error });
      return reportReceived;
    },

    async heartbeatOta({ body }, call) {
      const reader = readerOf(body, call);
      const { agentCode, key } = reader.credentials();
      const version = reader.version('current_version');
      const info = reader.info();
      reader.done();
      const caller = await identify(agentCode, key, call.ip);
      const standing = await standingOf(caller, version, info);
      const offer = offerOf(caller, version, standing);
      return heartbeatAnswer(toldOf(standing, call.language), {
        disabled: isDisabled(caller, standing),
        forceVersion: offer?.force && !standing.seen.suspended ? offer.release.version : null,
      });
    },
  };
  return routes(ota, handlers, sayRefusal);
}

const readerOf = (body: Uint8Array, { headers }: Call) => new Reader(readBody(body, headers['content-type']));

const isDisabled = (caller: Caller, { seen }: Standing) => seen.disabled || caller.status === 'revoked';

const offerOf = (caller: Caller, version: Version, { seen, shelf, moment }: Standing) =>
  chooseOffer(askingOf(caller, version, seen), shelf, moment);

const toldOf = ({ seen, documents }: Standing, language: Language) => ({
  said: seen.server_message,
  documents,
  language,
});

/** Whether it is told of something else than the last time, or a rollout's first word of it is still out. */
function differs({ seen }: Standing, version: Version, offer: Offer, patch: Patch): boolean {
  const isNew =
    seen.offered_version !== offer.release.version ||
    seen.offered_from !== version.text ||
    seen.offered_checksum !== patch.hash;
  const member = seen.memberships.find((each) => each.rollout_id === offer.rolloutId);
  return isNew || (member?.state === 'offered' && !offer.isRollback);
}

/** Of several words to one installation the last counts. */
const newest = (told: readonly Told[]) => [...new Map(told.map((each) => [each.id, each])).values()];

function headerOf({ headers }: Call, name: string): string {
  const value = headers[name];
  const text = typeof value === 'string' ? value.trim() : '';
  return text.length <= 200 && text.isWellFormed() ? text : '';
}
