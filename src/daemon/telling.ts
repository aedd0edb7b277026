/** Everybody outside who has to know of an effect: programs, the pipe, alerts. */
import { eventOfHealth } from "../core/alert/event.ts";
import type { ToldState } from "../core/alert/types.ts";
import type { DirectorEffect } from "../core/director/effects.ts";
import type { DirectorState } from "../core/director/types.ts";
import type { Alerts } from "./alerts.ts";
import { type NotifiedState, type Notifier, noticeOf, notificationOf } from "./notifier.ts";

interface Outside {
  readonly notifier: Notifier;
  readonly alerts: Alerts;
}

const STATES: Readonly<Record<NotifiedState, ToldState>> = {
  MASTER: "master",
  BACKUP: "backup",
  FAULT: "fault",
  STOP: "stop",
};

export function tellOutside(
  effect: DirectorEffect,
  state: DirectorState,
  { notifier, alerts }: Outside,
): void {
  if (effect.kind === "health") {
    const event = eventOfHealth(effect.change);
    if (event) {
      notifier.tellService(event);
      alerts.tell(event);
    }
  }
  const notice = noticeOf(effect, state);
  if (notice) notifier.notice(notice);
  const notification = notificationOf(effect, state);
  if (!notification) return;
  const { instance, priority, why } = notification;
  const now = STATES[notification.state];
  const group = notifier.tell(notification);
  alerts.tell({ subject: "instance", instance, state: now, priority, why });
  if (group !== undefined) alerts.tell({ subject: "group", group, state: now, why });
}
