/* lathe.h: the engine's one header for the window and the command line.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/lathe-error.h"
#include "base/lathe-pool.h"
#include "base/lathe-preprocess.h"
#include "base/lathe-rng.h"
#include "base/lathe-tensor.h"
#include "dataset/lathe-cure.h"
#include "dataset/lathe-dataset.h"
#include "dataset/lathe-decode.h"
#include "dataset/lathe-edits.h"
#include "dataset/lathe-preview.h"
#include "dataset/lathe-store.h"
#include "dataset/lathe-survey.h"
#include "formats/lathe-checkpoint.h"
#include "formats/lathe-model-file.h"
#include "layers/lathe-layer.h"
#include "layers/lathe-property.h"
#include "model/lathe-graph.h"
#include "model/lathe-inherit.h"
#include "model/lathe-model.h"
#include "train/lathe-augmentation-list.h"
#include "train/lathe-bench.h"
#include "train/lathe-hyperparameters.h"
#include "train/lathe-memory.h"
#include "train/lathe-metrics.h"
#include "train/lathe-predictor.h"
#include "train/lathe-recipe.h"
#include "train/lathe-trainer.h"
#include "train/lathe-unfinished.h"
