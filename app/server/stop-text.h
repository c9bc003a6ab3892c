/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Where an answer ends because it says one of some texts, while it comes in pieces: what may be the
 * beginning of one is held back until it is known. Neither the text that ends it nor what follows
 * is given. One thread at a time.
 *
 *   g_autofree char *piece = app_stop_text_feed (stop, text);
 *   if (stop->is_over)
 *     app_remote_call_cancel (call);
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  char **texts; /* none is empty */
  GString *held;
  gboolean is_over;
} AppStopText;

/* texts: copied; NULL for none. */
void app_stop_text_init (AppStopText *stop, const char *const *texts);
void app_stop_text_clear (AppStopText *stop);
/* (transfer full): what may be given now, perhaps "". */
char *app_stop_text_feed (AppStopText *stop, const char *text);
/* (transfer full): what was held back, at the end of the answer. */
char *app_stop_text_finish (AppStopText *stop);
/* Begins anew. */
void app_stop_text_restart (AppStopText *stop);

G_END_DECLS
