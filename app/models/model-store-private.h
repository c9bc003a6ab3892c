/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Between the files of the model store. */

#pragma once

#include "app/models/model-store.h"

G_BEGIN_DECLS

struct _AppModelStore {
  char *folder;
  char *tool; /* NULL: found when it is needed */
  AppCatalogue *catalogue;
};

/* A model of the user's own. */
typedef struct {
  char *id;
  char *title;
  char *from; /* the file or address it came from */
  guint64 n_bytes;
  char *sha256;
} AppAddedModel;

/* (transfer full): AppAddedModel; empty if there is no added.json. */
GPtrArray *app_added_models_read (const AppModelStore *store, GError **error);
gboolean app_added_models_write (const AppModelStore *store, GPtrArray *models, GError **error);
const AppAddedModel *app_added_models_find (GPtrArray *models, const char *id);
void app_added_model_free (AppAddedModel *model);

/* (transfer full): STORE/ID.gguf. */
char *app_model_store_file (const AppModelStore *store, const char *id);
gboolean app_model_store_has (const AppModelStore *store, const char *id);
/* The same, and of the right size. */
gboolean app_model_store_has_whole (const AppModelStore *store, const AppCatalogueEntry *entry);
/* STORE and STORE/.staging exist after it; APP_ERROR_DISK. */
gboolean app_model_store_make_folders (const AppModelStore *store, GError **error);

/* The lock against a second installer, held until it is freed. While another process has it,
 * context is told, once, and cancelling ends the wait. */
typedef struct _AppStoreLock AppStoreLock;
AppStoreLock *app_store_lock_new (const AppModelStore *store, const AppInstallContext *context,
                                  GError **error);
void app_store_lock_free (AppStoreLock *lock);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppStoreLock, app_store_lock_free)

gboolean app_install_is_cancelled (const AppInstallContext *context, GError **error);
void app_install_report (const AppInstallContext *context, const AppInstallProgress *progress);

/* (transfer full): the file's sha256 in hexadecimal digits, reported as APP_INSTALL_CHECKING. */
char *app_file_sha256 (const char *path, const char *id, const AppInstallContext *context,
                       GError **error);
/* Whether n_bytes more fit on the folder's disk: APP_ERROR_DISK with both numbers. In tests,
 * $HEARSAY_TEST_FREE_BYTES stands for what the disk says. */
gboolean app_check_free_disk (const char *folder, const char *id, guint64 n_bytes, GError **error);
/* Renames and makes the rename durable. */
gboolean app_rename_durably (const char *from, const char *to, GError **error);

/* Whether it is https, or http to a server on this machine. */
gboolean app_address_is_safe (const char *url);
/* Gets the file at an address into `path`, a partial file that may hold its beginning already (a
 * note beside it, PATH.source, says of which version of which file). At the end all n_bytes
 * (0: not known) are there. APP_ERROR_DOWNLOAD, _DISK, _CANCELLED. */
gboolean app_download (const char *url, const char *path, const char *id, guint64 n_bytes,
                       const AppInstallContext *context, GError **error);

G_END_DECLS
