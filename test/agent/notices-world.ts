import { type Messages, startMessages } from '#simulators';
import { readConfig } from '../../agent/config/read-config.ts';
import { notify } from '../../agent/notices/notify.ts';
import { sendNotices } from '../../agent/notices/send-notices.ts';
import { openState } from '../../agent/state/open-state.ts';
import { newSite, type SiteOptions } from './agent-cli.ts';
import { Host, release } from './release-host.ts';

/** Sites with an agent that tells people by mail, Slack and a webhook, on simulators, with a clock that is set. */
export async function noticesWorld() {
  const messages: Messages = await startMessages();
  const host = await Host.start();
  host.json('/releases', [await release(host, '1.1.0')]);
  let now = Temporal.Instant.from('2026-01-15T03:00:00Z');
  const clock = { now: () => now };
  /** Its own path on the simulators, so that tests do not see each other's. */
  let next = 0;
  function site(options: Partial<SiteOptions> & { readonly notices?: object } = {}) {
    next += 1;
    const me = `site${next}`;
    const { env, notices, ...rest } = options;
    const at = newSite({
      files: {},
      clock,
      settings: {
        notices: {
          name: 'Hotel Melati',
          email: { to: [`${me}@example.com`] },
          slack: { url_from: 'SLACK_URL' },
          webhook: { url: `${messages.url}/hook/${me}`, secret_from: 'HOOK_SECRET' },
          ...notices,
        },
      },
      ...rest,
      env: {
        UPDATE_SOURCE: 'github',
        UPDATE_CHECK_URL: `${host.url}/releases`,
        MAIL_HOST: '127.0.0.1',
        MAIL_PORT: String(messages.smtpPort),
        MAIL_PASSWORD: 'null',
        MAIL_FROM_ADDRESS: 'agen@example.com',
        SLACK_URL: `${messages.url}/services/${me}`,
        HOOK_SECRET: secret,
        ...env,
      },
    });
    const got = () =>
      messages.sent.filter(({ to }) => to.includes(me) && (to.endsWith(me) || to.startsWith(`${me}@`)));
    const { installation, notices: configured } = readConfig({ env: {}, cwd: at.root, clock });
    const folder = installation.folder;
    return {
      ...at,
      folder,
      got,
      by: (channel: string) => got().filter((each) => each.channel === channel),
      tell(message: string, type: 'trouble' | 'server_message' = 'trouble') {
        using state = openState(folder);
        notify(state.db, clock, { version: '1.0.0', type, message });
      },
      async send(signal = new AbortController().signal) {
        using state = openState(folder);
        await sendNotices({ db: state.db, clock, notices: configured, folder, signal });
      },
    };
  }
  return {
    messages,
    host,
    site,
    now: clock.now,
    /** Also back, by less than nothing. */
    later(minutes: number) {
      now = now.add({ minutes });
    },
    calm() {
      messages.faults.clear();
      messages.mailFaults.clear();
      messages.refusals.clear();
    },
    async [Symbol.asyncDispose]() {
      await messages[Symbol.asyncDispose]();
      await host[Symbol.asyncDispose]();
    },
  };
}

export const secret = 'rahasia-webhook-123';
