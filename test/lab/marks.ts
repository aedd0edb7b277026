/** How the guest's console carries events between the lines of its programs. */

export const EVENT_MARK = "@@event ";
export const EXIT_MARK = "@@exit ";

/** What a guest's program reports: JSON with a kind. */
export interface GuestEvent {
  readonly kind: string;
  readonly [field: string]: unknown;
}
