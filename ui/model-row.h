/* SPDX-License-Identifier: GPL-3.0-or-later */

/* One model in the list of models. Signal: "changed" (): it was installed, removed or chosen. */

#pragma once

#include <adwaita.h>

#include "app/model-store.h"

G_BEGIN_DECLS

#define HS_TYPE_MODEL_ROW (hs_model_row_get_type ())
G_DECLARE_FINAL_TYPE (HsModelRow, hs_model_row, HS, MODEL_ROW, AdwActionRow)

HsModelRow *hs_model_row_new (const char *id);
void hs_model_row_update (HsModelRow *row, const AppModel *model);
/* Belongs to the default set and is not there. */
gboolean hs_model_row_is_needed (HsModelRow *row);
/* Begins, unless it is under way or done. */
void hs_model_row_install (HsModelRow *row);

G_END_DECLS
