/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A batch beyond the end of the program, in hearsay/batch under the user's data folder, private:
 * list.json has the recordings and what became of them, and what was heard in one is a file of its
 * own, so that hours of it are in memory only while one is exported. Other threads read and write.
 */

#pragma once

#include <gio/gio.h>

#include "app/hearing/hearing-export.h"
#include "app/listen/watch-folder.h"

G_BEGIN_DECLS

typedef enum { HS_BATCH_WAITING, HS_BATCH_WORKING, HS_BATCH_DONE, HS_BATCH_FAILED } HsBatchState;

/* A recording of the list. */
typedef struct {
  char *address; /* a URI */
  HsBatchState state;
  double seconds; /* both of one that is done */
  guint n_voices;
  char *problem; /* of one that failed */
} HsBatchEntry;

void hs_batch_entry_free (HsBatchEntry *entry);

void hs_batch_store_load_async (GAsyncReadyCallback callback, gpointer user_data);
/* (transfer full): HsBatchEntry; empty if nothing was kept, or nothing that can be read. */
GPtrArray *hs_batch_store_load_finish (GAsyncResult *result);
/* of HsBatchEntry. One at a time. */
void hs_batch_store_save_async (GPtrArray *entries, GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean hs_batch_store_save_finish (GAsyncResult *result, GError **error);

/* What the engine heard; of the node a reference is taken. */
void hs_batch_store_keep_async (const char *address, JsonNode *hearing,
                                GAsyncReadyCallback callback, gpointer user_data);
gboolean hs_batch_store_keep_finish (GAsyncResult *result, GError **error);
void hs_batch_store_forget (const char *address);

/* What was kept of a recording, as the document that was planned for it, which is written to
 * meanwhile. */
void hs_batch_store_write_async (const char *address, AppFormat format, AppWatchResult *result,
                                 GAsyncReadyCallback callback, gpointer user_data);
gboolean hs_batch_store_write_finish (GAsyncResult *result, GError **error);

/* What was kept of these recordings, as documents in a folder: "talk.srt". Nothing that is there is
 * overwritten. */
void hs_batch_store_export_async (GStrv addresses, AppFormat format, GFile *folder,
                                  GAsyncReadyCallback callback, gpointer user_data);
/* How many there are; -1 with an error: it ended early. */
gssize hs_batch_store_export_finish (GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (HsBatchEntry, hs_batch_entry_free)

G_END_DECLS
