import type { Kit } from '#kit/kit.ts';
import { queueMessage } from '../modules/notifications/index.ts';
import type { PortalHooks, Recipient } from '../modules/portal/index.ts';

/** After so many days nobody waits for an invitation. */
const invitationDays = 3;

/** Sends the portal's messages by e-mail or WhatsApp. Where that is not set up they are not sent, and the log says so. */
export function portalMessages(kit: Kit): Pick<PortalHooks, 'sendCode' | 'sendInvitation'> {
  return {
    async sendCode(tx, { to, code, minutes, expiresAt, ...rest }) {
      const way = wayTo(kit, to);
      if (way === undefined) return;
      const vars = { code, minutes: String(minutes) };
      const until = Temporal.Instant.from(expiresAt);
      await queueMessage(kit, tx, { event: 'sign_in_code', ...way, ...rest, vars, expiresAt: until });
    },
    async sendInvitation(tx, { to, name, ...rest }) {
      const way = wayTo(kit, to);
      if (way === undefined) return;
      const login = 'email' in to ? to.email : to.phone;
      const vars = { customer_name: name, login, portal_url: `${kit.config.frontendUrl}/portal` };
      const expiresAt = kit.clock.now().add({ hours: invitationDays * 24 });
      await queueMessage(kit, tx, { event: 'portal_invited', ...way, ...rest, vars, expiresAt });
    },
  };
}

function wayTo({ config, log }: Kit, to: Recipient) {
  if ('email' in to) {
    if (config.mail !== undefined) return { channel: 'email', address: to.email } as const;
    log.warn('a message of the portal was to be sent, but mail is off: set MAIL_HOST');
    return undefined;
  }
  if (config.messaging.whatsapp !== undefined) return { channel: 'whatsapp', address: to.phone } as const;
  log.warn(
    { phone: `…${to.phone.slice(-3)}` },
    'a message of the portal was to be sent to a phone, but WhatsApp is off: set WHATSAPP_ACCESS_TOKEN and WHATSAPP_PHONE_NUMBER_ID',
  );
  return undefined;
}
