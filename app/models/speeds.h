/* SPDX-License-Identifier: GPL-3.0-or-later */

/* How fast each model is on this machine, as a short self-test found it, kept by the model's
 * checksum in hearsay/speeds.json of the user's cache folder. What another processor, another
 * number of cores or other kernels measured does not count.
 *
 *   g_autoptr (AppSpeeds) speeds = app_speeds_load ();
 *   AppSpeed speed = app_speeds_get (speeds, model->sha256);
 */

#pragma once

#include "app/models/model-store.h"

G_BEGIN_DECLS

/* 0: not measured. */
typedef struct {
  double prompt;   /* tokens read per second */
  double generate; /* tokens written per second */
  double listen;   /* seconds of speech written down per second */
  double speak;    /* seconds of speech spoken per second */
} AppSpeed;

typedef struct _AppSpeeds AppSpeeds;

/* (transfer full): empty if there is no file, or it cannot be read. */
AppSpeeds *app_speeds_load (void);
void app_speeds_free (AppSpeeds *speeds);
/* sha256 may be NULL: nothing is known. */
AppSpeed app_speeds_get (const AppSpeeds *speeds, const char *sha256);
/* Also in the file. APP_ERROR_DISK. */
gboolean app_speeds_set (AppSpeeds *speeds, const char *sha256, const AppSpeed *speed,
                         GError **error);

typedef enum {
  APP_FITS,
  APP_FITS_TIGHTLY, /* into the machine, but not into what is free now */
  APP_FITS_NOT
} AppFit;

/* What a model takes while it is used; an estimate where the catalogue does not say. */
guint64 app_model_estimate_memory (const AppModel *model);
/* total, free: bytes; 0: not known, then everything fits. */
AppFit app_model_fits (const AppModel *model, guint64 total, guint64 free);

/* (transfer none) (nullable): of AppModel the chat model that should answer here: the largest that
 * is installed, fits the machine and writes as fast as one reads; else the fastest that fits. NULL:
 * none was measured. */
const AppModel *app_speeds_choose_chat (const AppSpeeds *speeds, const GPtrArray *models,
                                        guint64 total_bytes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppSpeeds, app_speeds_free)

G_END_DECLS
