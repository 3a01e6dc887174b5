import { realmOf } from '@mailslot/discovery/internal';

/** That of everybody in a swarm. */
export const REALM: number = realmOf('WORKGROUP', 'tanks');
