# A site with Rails: the controllers and the Rack application of the article FromRails, and sign-in with Rails' session.
#
# puma rails-site.ru, in the directory of gate_links.rb, before.rb, after.rb, expired.rb and rack.rb.

require "logger"
require "action_controller/railtie"
require File.join(Dir.pwd, "gate_links")

class Site < Rails::Application
  config.root = Dir.pwd
  config.eager_load = false
  config.logger = Logger.new($stderr, level: Logger::ERROR)
  config.hosts.clear
  config.secret_key_base = "of the tests" * 4
  config.consider_all_requests_local = false
  config.session_store :cookie_store, key: "_site"
  config.action_dispatch.x_sendfile_header = "X-Accel-Redirect"
end

class ApplicationController < ActionController::Base
  private

  def require_sign_in
    redirect_to "/sign-in" unless session[:user]
  end
end

class SessionsController < ActionController::Base
  def show
    head :unauthorized
  end

  def create
    return head :unauthorized unless params[:password] == "secret"

    session[:user] = params[:user]
    session[:groups] = params[:user] == "ada" ? ["reports"] : []
    head :no_content
  end
end

%w[Before After Expired].each do |name|
  Object.const_set(name, Module.new).module_eval(File.read("#{name.downcase}.rb"))
end

download = eval("#{File.read("rack.rb")}\ndownload")

Site.initialize!
Rails.application.routes.draw do
  get "sign-in", to: "sessions#show"
  post "sign-in", to: "sessions#create"
  get "reports/*path", to: "after/reports#show", format: false
  get "before/*path", to: "before/reports#show", format: false
  get "expired/*path", to: "expired/reports#show", format: false
  mount download => "/rack"
end

run Site
