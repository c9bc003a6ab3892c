/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A recording of a batch: waiting, listened to, done, or broken. The page around it decides what
 * happens; the buttons activate "batch.remove" (s: its address) and "batch.open" (s).
 */

#pragma once

#include <adwaita.h>

#include "ui/batch/batch-store.h"

G_BEGIN_DECLS

#define HS_TYPE_BATCH_ROW (hs_batch_row_get_type ())
G_DECLARE_FINAL_TYPE (HsBatchRow, hs_batch_row, HS, BATCH_ROW, AdwActionRow)

HsBatchRow *hs_batch_row_new (GFile *file);
GFile *hs_batch_row_get_file (HsBatchRow *row); /* (transfer none) */
HsBatchState hs_batch_row_get_state (HsBatchRow *row);
guint64 hs_batch_row_get_size (HsBatchRow *row); /* in bytes, at least 1 */
/* (transfer full): for another day; and back. */
HsBatchEntry *hs_batch_row_get_entry (HsBatchRow *row);
void hs_batch_row_restore (HsBatchRow *row, const HsBatchEntry *entry);
void hs_batch_row_wait (HsBatchRow *row);
/* Whether it was found in the folder that is watched, where its transcript goes, too. */
void hs_batch_row_set_watched (HsBatchRow *row, gboolean is_watched);
gboolean hs_batch_row_is_watched (HsBatchRow *row);
/* stage: of the engine; fraction of the stage. */
void hs_batch_row_work (HsBatchRow *row, const char *stage, double fraction, double seconds_left);
/* What was heard: so long, and so many people speak. */
void hs_batch_row_finish (HsBatchRow *row, double seconds, guint n_voices);
void hs_batch_row_fail (HsBatchRow *row, const char *message);

G_END_DECLS
