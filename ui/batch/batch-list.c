/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/batch/batch-list.h"

HsBatchRow *
hs_batch_list_get (GtkListBox *list, int index)
{
  GtkListBoxRow *row = gtk_list_box_get_row_at_index (list, index);

  return row != NULL ? HS_BATCH_ROW (row) : NULL;
}

HsBatchRow *
hs_batch_list_find (GtkListBox *list, GFile *file)
{
  HsBatchRow *row;

  for (int i = 0; (row = hs_batch_list_get (list, i)) != NULL; i++)
    if (g_file_equal (hs_batch_row_get_file (row), file))
      return row;
  return NULL;
}

HsBatchRow *
hs_batch_list_find_waiting (GtkListBox *list, gboolean only_watched)
{
  HsBatchRow *row;

  for (int i = 0; (row = hs_batch_list_get (list, i)) != NULL; i++)
    if (hs_batch_row_get_state (row) == HS_BATCH_WAITING
        && (!only_watched || hs_batch_row_is_watched (row)))
      return row;
  return NULL;
}

HsBatchRow *
hs_batch_list_find_watched (GtkListBox *list)
{
  HsBatchRow *row;

  for (int i = 0; (row = hs_batch_list_get (list, i)) != NULL; i++)
    if (hs_batch_row_get_state (row) <= HS_BATCH_WORKING && hs_batch_row_is_watched (row))
      return row;
  return NULL;
}

GPtrArray *
hs_batch_list_get_entries (GtkListBox *list)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func ((GDestroyNotify) hs_batch_entry_free);
  HsBatchRow *row;

  for (int i = 0; (row = hs_batch_list_get (list, i)) != NULL; i++)
    g_ptr_array_add (entries, hs_batch_row_get_entry (row));
  return entries;
}

GStrv
hs_batch_list_get_done (GtkListBox *list)
{
  g_autoptr (GStrvBuilder) addresses = g_strv_builder_new ();
  HsBatchRow *row;

  for (int i = 0; (row = hs_batch_list_get (list, i)) != NULL; i++) {
    g_autofree char *address = g_file_get_uri (hs_batch_row_get_file (row));
    if (hs_batch_row_get_state (row) == HS_BATCH_DONE)
      g_strv_builder_add (addresses, address);
  }
  return g_strv_builder_end (addresses);
}

void
hs_batch_list_count (GtkListBox *list, HsBatchSums *sums)
{
  HsBatchRow *row;

  for (int i = 0; (row = hs_batch_list_get (list, i)) != NULL; i++) {
    HsBatchState state = hs_batch_row_get_state (row);
    gboolean is_done = state == HS_BATCH_DONE || state == HS_BATCH_FAILED;
    sums->n++;
    sums->n_done += is_done;
    sums->n_failed += state == HS_BATCH_FAILED;
    sums->bytes += hs_batch_row_get_size (row);
    sums->done_bytes += is_done ? hs_batch_row_get_size (row) : 0;
  }
}
