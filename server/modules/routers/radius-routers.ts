import type { Kit } from '#kit/kit.ts';
import { routersWithRadius } from './queries.ts';
import { sealedFor } from './sealed-for.ts';

export interface RadiusRouter {
  readonly id: string;
  readonly name: string;
  readonly host: string;
  /** Where it takes CoA and Disconnect requests. */
  readonly coaPort: number;
  /** Shared between it and RADIUS, clear. */
  readonly secret: string;
}

/** The active routers that have a secret for RADIUS, oldest first; of `ids` alone, where given. */
export async function radiusRouters(kit: Kit, ids?: readonly string[]): Promise<readonly RadiusRouter[]> {
  const rows = await routersWithRadius(kit.db, ids);
  return rows.map(({ id, name, host, coa_port: coaPort, radius_secret: sealed }) => ({
    id,
    name,
    host,
    coaPort,
    secret: kit.secrets.open(sealed, sealedFor.radius_secret(id)),
  }));
}
