/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A recording of a batch: waiting, listened to, done, or broken. The page around it decides what
 * happens; the buttons activate "batch.remove" (s: its address) and "batch.open" (s).
 */

#pragma once

#include <adwaita.h>

#include "app/hearing.h"

G_BEGIN_DECLS

typedef enum { HS_BATCH_WAITING, HS_BATCH_WORKING, HS_BATCH_DONE, HS_BATCH_FAILED } HsBatchState;

#define HS_TYPE_BATCH_ROW (hs_batch_row_get_type ())
G_DECLARE_FINAL_TYPE (HsBatchRow, hs_batch_row, HS, BATCH_ROW, AdwActionRow)

HsBatchRow *hs_batch_row_new (GFile *file);
GFile *hs_batch_row_get_file (HsBatchRow *row); /* (transfer none) */
HsBatchState hs_batch_row_get_state (HsBatchRow *row);
guint64 hs_batch_row_get_size (HsBatchRow *row);        /* in bytes, at least 1 */
AppHearing *hs_batch_row_get_hearing (HsBatchRow *row); /* (transfer none) (nullable) */
void hs_batch_row_wait (HsBatchRow *row);
/* stage: of the engine; fraction of the stage. */
void hs_batch_row_work (HsBatchRow *row, const char *stage, double fraction, double seconds_left);
/* (transfer full) */
void hs_batch_row_finish (HsBatchRow *row, AppHearing *hearing);
void hs_batch_row_fail (HsBatchRow *row, const char *message);

G_END_DECLS
