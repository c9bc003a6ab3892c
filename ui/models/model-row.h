/* SPDX-License-Identifier: GPL-3.0-or-later */

/* One model in the list of models: what it is, whether it fits the machine, how fast it is here.
 * Fetching it can be paused, also over a restart. Signal: "changed" (): it was installed, removed,
 * chosen or measured. */

#pragma once

#include <adwaita.h>

#include "app/models/machine.h"
#include "app/models/speeds.h"

G_BEGIN_DECLS

#define HS_TYPE_MODEL_ROW (hs_model_row_get_type ())
G_DECLARE_FINAL_TYPE (HsModelRow, hs_model_row, HS, MODEL_ROW, AdwActionRow)

HsModelRow *hs_model_row_new (const char *id);
void hs_model_row_update (HsModelRow *row, const AppModel *model, const AppSpeeds *speeds,
                          const AppMemory *memory);
/* Belongs to the default set and is not there. */
gboolean hs_model_row_is_needed (HsModelRow *row);
/* Begins, unless it is under way or done. */
void hs_model_row_install (HsModelRow *row);

G_END_DECLS
