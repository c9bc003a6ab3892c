/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What was heard before, kept by the content of the file: a second question about a recording
 * starts at once.
 *
 * A Hearing is found by the sha256 of the recording's bytes, whatever the file is called, and by
 * the settings it was made with (models, language, attributes). Notes are texts that were made from
 * it, such as summaries, and go with it. The file, hearsay/hearings.db under the user's cache
 * folder, is private (database.h), holds at most a number of bytes (what was used longest ago goes
 * first), and may be deleted at any time: damage is a miss, never an error. Several processes may
 * use it at once; one AppHearingCache belongs to one thread.
 *
 *   g_autoptr (AppHearingCache) cache = app_hearing_cache_new (NULL, 0, NULL);
 *   g_autofree char *content = app_recording_identify (path, NULL, NULL);
 *   g_autoptr (AppHearing) hearing = app_hearing_cache_get (cache, content, settings, path);
 *   if (hearing == NULL)
 *     app_hearing_cache_put (cache, content, settings, hearing = listen ());
 */

#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include "app/base/app-error.h"
#include "app/hearing/hearing.h"

G_BEGIN_DECLS

#define APP_HEARING_CACHE_MAX_BYTES (256 * 1024 * 1024)

typedef struct _AppHearingCache AppHearingCache;

/* path: NULL for the user's own; max_bytes: of what is kept, 0 for APP_HEARING_CACHE_MAX_BYTES.
 * APP_ERROR_DISK, _BUSY. */
AppHearingCache *app_hearing_cache_new (const char *path, gsize max_bytes, GError **error);
void app_hearing_cache_free (AppHearingCache *cache);

/* (transfer full): the name of a recording's content, 64 hexadecimal digits. cancel may be NULL.
 * APP_ERROR_ARGUMENT for what is no plain file, which can be read only once; APP_ERROR_CANCELLED,
 * _DISK. */
char *app_recording_identify (const char *path, atomic_bool *cancel, GError **error);

/* (transfer full) (nullable): what was kept, as the Hearing of the file at path. */
AppHearing *app_hearing_cache_get (AppHearingCache *cache, const char *content,
                                   const char *settings, const char *path);
/* Trouble is no error: then it is not kept. */
void app_hearing_cache_put (AppHearingCache *cache, const char *content, const char *settings,
                            const AppHearing *hearing);
/* (transfer full) (nullable): a text about a recording that is kept. */
char *app_hearing_cache_get_note (AppHearingCache *cache, const char *content, const char *name);
/* Not kept if nothing is kept of the recording. */
void app_hearing_cache_put_note (AppHearingCache *cache, const char *content, const char *name,
                                 const char *text);

typedef struct {
  char *content;
  char *title; /* the file's name when it was last heard */
  gint64 n_bytes;
} AppKeptHearing;

void app_kept_hearing_free (AppKeptHearing *kept);
/* (transfer full): AppKeptHearing, the latest used first. */
GPtrArray *app_hearing_cache_list (AppHearingCache *cache, GError **error);
/* Deletes all that is kept of a recording, or of all of them where content is NULL; n_forgotten may
 * be NULL. */
gboolean app_hearing_cache_forget (AppHearingCache *cache, const char *content, guint *n_forgotten,
                                   GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppHearingCache, app_hearing_cache_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppKeptHearing, app_kept_hearing_free)

G_END_DECLS
