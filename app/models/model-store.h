/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The folder that holds the models, one file ID.gguf each, and how they come into it.
 *
 * The folder is $HEARSAY_MODELS, or hearsay/models under the user's data folder; it is made on the
 * first installation. A file is written as STORE/.staging/… and renamed when it is whole and right,
 * so whatever has its own name is complete. What the user adds stands in STORE/added.json, the
 * chosen chat model in STORE/default. STORE/.lock is held (flock) by whoever changes the folder:
 * a second installer waits, says so, and then finds the work done.
 *
 * Nothing here needs the network but installing, and adding by address. An AppModelStore belongs
 * to one thread; several may exist on one folder.
 *
 *   g_autoptr (AppModelStore) store = app_model_store_new (NULL, &error);
 *   g_autofree char *path = app_model_store_get_path (store, "whisper-base", &error);
 *   g_autofree char *chat = app_model_store_get_path_for_task (store, APP_TASK_CHAT, &error);
 */

#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include "app/models/catalogue.h"

G_BEGIN_DECLS

typedef struct _AppModelStore AppModelStore;

/* Zero means the default. */
typedef struct {
  const char *folder;
  const char *catalogue; /* a file */
  const char *tool;      /* the program that gets packages: tools/models */
} AppModelStoreOptions;

/* options may be NULL. The folder need not exist. APP_ERROR_CATALOGUE. */
AppModelStore *app_model_store_new (const AppModelStoreOptions *options, GError **error);
void app_model_store_free (AppModelStore *store);
const char *app_model_store_get_folder (const AppModelStore *store);
const AppCatalogue *app_model_store_get_catalogue (const AppModelStore *store);

/* (transfer full): the file of a model that is installed. model: an id of the catalogue or of an
 * added model, or the path of a GGUF file (has a slash or ends with .gguf). APP_ERROR_NOT_INSTALLED
 * with the command that installs it; APP_ERROR_CATALOGUE for an id that nobody knows. */
char *app_model_store_get_path (AppModelStore *store, const char *model, GError **error);
/* Whether all of these are there. The errors of app_model_store_get_path(), but that one names all
 * that are not installed. */
gboolean app_model_store_require (AppModelStore *store, const char *const *models, GError **error);
/* (transfer full): the same for the model that does a task unless another is asked for: for chat
 * the one that the user chose, else that of the default set. */
char *app_model_store_get_path_for_task (AppModelStore *store, AppTask task, GError **error);
/* (transfer full): its id. */
char *app_model_store_get_default (AppModelStore *store, AppTask task);
/* Chooses the chat model; NULL: back to the default set's. APP_ERROR_NOT_INSTALLED, _ARGUMENT if it
 * is no chat model, or no id but a file. */
gboolean app_model_store_set_default (AppModelStore *store, const char *id, GError **error);

typedef struct {
  char *id;
  char *title;
  AppTask task;
  char *set; /* of the catalogue, or "added" */
  char *licence;
  char **languages;
  guint64 n_bytes;
  guint64 memory_bytes; /* 0: not known */
  char *sha256;
  gboolean is_installed;
  gboolean is_begun; /* a part of it was fetched, and will be gone on with */
  gboolean is_default;
} AppModel;

/* (transfer full): AppModel, the catalogue's in its order, then the added ones. Damage in
 * added.json is APP_ERROR_CATALOGUE. */
GPtrArray *app_model_store_list (AppModelStore *store, GError **error);

typedef enum {
  APP_INSTALL_WAITING,    /* for another installer; detail says which */
  APP_INSTALL_FETCHING,   /* n_done of n_total bytes */
  APP_INSTALL_CONVERTING, /* joining and converting */
  APP_INSTALL_CHECKING,   /* sha256 */
  APP_INSTALL_NOTE        /* something worth a line: detail */
} AppInstallStage;

typedef struct {
  AppInstallStage stage;
  const char *id;
  guint64 n_done;
  guint64 n_total;    /* 0: not known */
  const char *detail; /* or NULL */
} AppInstallProgress;

typedef void (*AppOnInstallProgress) (const AppInstallProgress *progress, gpointer user_data);

/* What a long operation takes; may be NULL. Ends with APP_ERROR_CANCELLED when *cancel is set. */
typedef struct {
  AppOnInstallProgress on_progress;
  gpointer user_data;
  atomic_bool *cancel;
} AppInstallContext;

/* Brings a model of the catalogue into the store from the first of its sources that works; done at
 * once if it is there. What was fetched of a broken download is kept and used the next time.
 * APP_ERROR_CATALOGUE, _DOWNLOAD, _CHECKSUM, _DISK, _BUSY, _CANCELLED. */
gboolean app_model_store_install (AppModelStore *store, const char *id,
                                  const AppInstallContext *context, GError **error);
/* Every byte of an installed model against its sha256: APP_ERROR_CHECKSUM. */
gboolean app_model_store_verify (AppModelStore *store, const char *id,
                                 const AppInstallContext *context, GError **error);
/* The file, the entry of an added model, and what a broken download left. */
gboolean app_model_store_remove (AppModelStore *store, const char *id,
                                 const AppInstallContext *context, GError **error);
/* A chat model of the user's own, a file or an https address (http on this machine only). It must
 * be a GGUF file of an architecture and a chat template that the program runs. (transfer full): the
 * id, made from the file's name. If it fails, nothing is left in the store; a download that broke
 * off is kept for the next time. */
char *app_model_store_add (AppModelStore *store, const char *file_or_url,
                           const AppInstallContext *context, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppModelStore, app_model_store_free)

G_END_DECLS
