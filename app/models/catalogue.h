/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The models that the program knows where to get: data/models.json, read and checked.
 *
 * An entry that breaks the form is an error for the whole file, since the file is the program's
 * own. A catalogue never changes after it is read, and owns its entries.
 *
 *   g_autoptr (AppCatalogue) catalogue = app_catalogue_load (path, &error);
 *   const AppCatalogueEntry *entry = app_catalogue_find (catalogue, "whisper-base");
 */

#pragma once

#include "app/base/app-error.h"

G_BEGIN_DECLS

typedef struct _AppCatalogue AppCatalogue;

typedef enum {
  APP_TASK_CHAT,
  APP_TASK_LISTEN,
  APP_TASK_VAD,
  APP_TASK_SPEAKER,
  APP_TASK_SPEAK,         /* speech from phonemes */
  APP_TASK_VOICES,        /* the styles of stock voices */
  APP_TASK_PRONUNCIATIONS /* words to phonemes */
} AppTask;

typedef struct {
  char *id; /* letters, digits, . _ -; the file in the store is ID.gguf */
  char *title;
  AppTask task;
  char *set;     /* "default", "test", "extra" */
  char *licence; /* SPDX */
  char **languages;
  guint64 n_bytes; /* of the GGUF file */
  char *sha256;    /* of the GGUF file, 64 hexadecimal digits */
  guint64 memory_bytes;
  gboolean has_packages; /* tools/models gets it */
  char *url;             /* https, the GGUF file itself; or NULL */
} AppCatalogueEntry;

/* (transfer full); APP_ERROR_CATALOGUE, or an error of reading the file. */
AppCatalogue *app_catalogue_load (const char *path, GError **error);
/* text: the JSON; name stands in messages. */
AppCatalogue *app_catalogue_parse (const char *text, gssize length, const char *name,
                                   GError **error);
void app_catalogue_free (AppCatalogue *catalogue);
const char *app_catalogue_get_path (const AppCatalogue *catalogue);

guint app_catalogue_get_n_entries (const AppCatalogue *catalogue);
const AppCatalogueEntry *app_catalogue_get_entry (const AppCatalogue *catalogue, guint index);
/* NULL if there is none. */
const AppCatalogueEntry *app_catalogue_find (const AppCatalogue *catalogue, const char *id);
/* The entry of the default set that does the task. */
const AppCatalogueEntry *app_catalogue_find_default (const AppCatalogue *catalogue, AppTask task);
const char *app_task_name (AppTask task);
gboolean app_task_from_name (const char *name, AppTask *task);
/* What an id may look like; such an id is a file name that cannot leave its folder. */
gboolean app_model_id_is_valid (const char *id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppCatalogue, app_catalogue_free)

G_END_DECLS
