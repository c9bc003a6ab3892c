/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Named sets of instructions: those that come with the program, in the user's language, and the
 * user's own, which are in the store. An own one of the same name goes before one that comes with
 * the program.
 */

#pragma once

#include "app/talks/conversations.h"

G_BEGIN_DECLS

typedef struct {
  char *title;              /* as it is shown */
  AppTalkSettings settings; /* its preset is the name that is kept */
  gboolean is_own;
} HsPreset;

void hs_preset_free (HsPreset *preset);
/* (transfer full): of HsPreset, the user's own first. */
GPtrArray *hs_presets_list (AppConversations *store);
/* Whether answers would be the same: instructions, temperature, length and
 * thinking. */
gboolean hs_preset_fits (const HsPreset *preset, const AppTalkSettings *settings);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (HsPreset, hs_preset_free)

G_END_DECLS
