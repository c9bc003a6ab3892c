/* SPDX-License-Identifier: GPL-3.0-or-later */

/* An answer that is read aloud: its Markdown becomes sentences, which the engine speaks one after
 * the other while those before are played. One at a time: a new one silences the one before.
 *
 * Signals: "ended" (), once, also after a stop; before it, if something is in the way, "failed"
 * (const char *message).
 *
 *   g_autoptr (HsReadAloud) reading = hs_read_aloud_start (text);
 */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define HS_TYPE_READ_ALOUD (hs_read_aloud_get_type ())
G_DECLARE_FINAL_TYPE (HsReadAloud, hs_read_aloud, HS, READ_ALOUD, GObject)

/* (transfer full). Signals come later, from the main loop. */
HsReadAloud *hs_read_aloud_start (const char *markdown);
/* The same for a script (app/speech/script.h), with its voices, manners and pauses; voice: of its
 * narrator. (transfer full); APP_ERROR_ARGUMENT if it cannot be read. */
HsReadAloud *hs_read_aloud_start_script (const char *script, const char *voice, double speed,
                                         GError **error);
/* Silence within 200 ms. Does nothing if it has ended. */
void hs_read_aloud_stop (HsReadAloud *reading);
/* Whatever is being read, if anything is. */
void hs_read_aloud_stop_current (void);

G_END_DECLS
