/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The rows of a batch, which a list box holds: what the page asks of all of them. */

#pragma once

#include "ui/batch/batch-progress.h"
#include "ui/batch/batch-row.h"

G_BEGIN_DECLS

/* (transfer none) (nullable) of all of these. */
HsBatchRow *hs_batch_list_get (GtkListBox *list, int index);
HsBatchRow *hs_batch_list_find (GtkListBox *list, GFile *file);
HsBatchRow *hs_batch_list_find_waiting (GtkListBox *list, gboolean only_watched);
/* Of the rows that are neither done nor failed, the first that was found in the watched folder. */
HsBatchRow *hs_batch_list_find_watched (GtkListBox *list);
/* (transfer full): of HsBatchEntry. */
GPtrArray *hs_batch_list_get_entries (GtkListBox *list);
/* (transfer full): the addresses of those that are done. */
GStrv hs_batch_list_get_done (GtkListBox *list);
/* Into the sums of a batch. */
void hs_batch_list_count (GtkListBox *list, HsBatchSums *sums);

G_END_DECLS
